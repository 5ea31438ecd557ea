import { Help, type HelpConfiguration, type Option } from "commander";

/** Characters of the first column of a help page; a longer flag has its description on the lines beneath it. */
const longestTerm = 34;

/** How every help page is laid out. */
export const helpLayout: HelpConfiguration = {
  showGlobalOptions: false,
  sortSubcommands: false,
  optionDescription,
  padWidth: (command, helper) => Math.min(longestTerm, Help.prototype.padWidth.call(helper, command, helper)),
  formatItem: (term, termWidth, description, helper) => {
    if (helper.displayWidth(term) <= termWidth || description === "") {
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
    }
    // The item of an empty term is the description alone, indented as if there were one.
    const beneath = Help.prototype.formatItem.call(helper, "", termWidth, description, helper);
    return `  ${term}\n${beneath}`;
  },
};

/** An option's help; that a switch is off unless it is given goes without saying. */
function optionDescription(option: Option): string {
  const text = Help.prototype.optionDescription.call(new Help(), option);
  return option.isBoolean() && option.defaultValue === false ? text.replace(/ ?\(default: false\)$/, "") : text;
}

/**
 * The character classes of spaCy 2.1's English tokenizer, as sources for regular expressions with the `v` flag.
 * They are listed by code point, not by Unicode property, because spaCy froze them at Unicode 11 and Node's tables grow.
 */

/** The inside of a character class from hexadecimal code points and ranges. */
function codePoints(listed: string): string {
  return listed
    .trim()
    .split(/\s+/)
    .map((range) =>
      range
        .split("-")
        .map((hex) => `\\u{${hex}}`)
        .join("-"),
    )
    .join("");
}

/** The inside of a character class from the characters themselves. */
function characters(listed: string): string {
  return [...listed.replaceAll(/\s/g, "")]
    .map((character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
    .join("");
}

/** Letters with case. Of Greek only the vowels with tonos and alpha to omega. */
const casedLetters = codePoints(`
  41-5A 61-7A C0-D6 D8-F6 F8-1BF 1C4-2AF 386 388-38A 38C 38E-38F 391-3A9 3AC-3AF 3B1-3C9 3CC-3CE 401 404 406-407
  410-44F 451 454 456-457 490-491 496-497 4A2-4A3 4AE-4AF 4BA-4BB 4D8-4D9 4E8-4E9 1D00-1D25 1D6B-1D77 1D79-1D9A
  1E00-1EFF 2C60-2C7B 2C7E-2C7F A722-A76F A771-A787 A78B-A78E A790-A7B9 A7FA AB30-AB5A AB60-AB64 FF21-FF3A
  FF41-FF5A
`);

/** Letters of scripts without case: Hebrew, Arabic, Bengali, Sinhala. They count as lower and as upper case. */
const uncasedLetters = codePoints(`
  591-5F4 620-64A 66E-6D5 6E5-6FF 750-77F 8A0-8BD 980-9FF D85-D96 D9A-DB1 DB3-DBB DBD DC0-DC6 FB1D-FBB1 FBD3-FD3D
  FD50-FDC7 FDF0-FDFB FE70-FEFC 1EE00-1EEBB
`);

/** The category "other symbol" of Unicode 11: ©, °, ™, arrows, shapes, emoji. */
const iconPoints = codePoints(`
  A6 A9 AE B0 482 58D-58E 60E-60F 6DE 6E9 6FD-6FE 7F6 9FA B70 BF3-BF8 BFA C7F D4F D79 F01-F03 F13 F15-F17 F1A-F1F
  F34 F36 F38 FBE-FC5 FC7-FCC FCE-FCF FD5-FD8 109E-109F 1390-1399 1940 19DE-19FF 1B61-1B6A 1B74-1B7C 2100-2101
  2103-2106 2108-2109 2114 2116-2117 211E-2123 2125 2127 2129 212E 213A-213B 214A 214C-214D 214F 218A-218B
  2195-2199 219C-219F 21A1-21A2 21A4-21A5 21A7-21AD 21AF-21CD 21D0-21D1 21D3 21D5-21F3 2300-2307 230C-231F
  2322-2328 232B-237B 237D-239A 23B4-23DB 23E2-2426 2440-244A 249C-24E9 2500-25B6 25B8-25C0 25C2-25F7 2600-266E
  2670-2767 2794-27BF 2800-28FF 2B00-2B2F 2B45-2B46 2B4D-2B73 2B76-2B95 2B98-2BC8 2BCA-2BFE 2CE5-2CEA 2E80-2E99
  2E9B-2EF3 2F00-2FD5 2FF0-2FFB 3004 3012-3013 3020 3036-3037 303E-303F 3190-3191 3196-319F 31C0-31E3 3200-321E
  322A-3247 3250 3260-327F 328A-32B0 32C0-32FE 3300-33FF 4DC0-4DFF A490-A4C6 A828-A82B A836-A837 A839 AA77-AA79
  FDFD FFE4 FFE8 FFED-FFEE FFFC-FFFD 10137-1013F 10179-10189 1018C-1018E 10190-1019B 101A0 101D0-101FC 10877-10878
  10AC8 1173F 16B3C-16B3F 16B45 1BC9C 1D000-1D0F5 1D100-1D126 1D129-1D164 1D16A-1D16C 1D183-1D184 1D18C-1D1A9
  1D1AE-1D1E8 1D200-1D241 1D245 1D300-1D356 1D800-1D9FF 1DA37-1DA3A 1DA6D-1DA74 1DA76-1DA83 1DA85-1DA86 1ECAC
  1F000-1F02B 1F030-1F093 1F0A0-1F0AE 1F0B1-1F0BF 1F0C1-1F0CF 1F0D1-1F0F5 1F110-1F16B 1F170-1F1AC 1F1E6-1F202
  1F210-1F23B 1F240-1F248 1F250-1F251 1F260-1F265 1F300-1F3FA 1F400-1F6D4 1F6E0-1F6EC 1F6F0-1F6F9 1F700-1F773
  1F780-1F7D8 1F800-1F80B 1F810-1F847 1F850-1F859 1F860-1F887 1F890-1F8AD 1F900-1F90B 1F910-1F93E 1F940-1F970
  1F973-1F976 1F97A 1F97C-1F9A2 1F9B0-1F9B9 1F9C0-1F9C2 1F9D0-1F9FF 1FA60-1FA6D
`);

/** Any letter. */
export const letter = `[${casedLetters}${uncasedLetters}]`;

/** Lower-case and uncased letters. U+0294 and U+0295 have left the category since Unicode 11. */
export const lowerLetter = `[[${uncasedLetters}\\u{294}\\u{295}][[${casedLetters}]&&\\p{Ll}]]`;

/** Upper-case and uncased letters. U+03A2 lies in spaCy's Greek range although it is no character. */
export const upperLetter = `[[${uncasedLetters}\\u{3A2}][[${casedLetters}]&&\\p{Lu}]]`;

export const icon = `[${iconPoints}]`;

/** Marks that stand alone. The full stop, hyphen, slash, @, ^, |, ~ and backslash are not among them. */
export const punctuation = `[${characters("…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،؛٪")}]`;

/** Quotation marks and CJK brackets. The ASCII comma is one of them, as in spaCy's list. */
export const quote = `[${characters(`'"”“\`‘´’‚,„»«「」『』（）〔〕【】《》〈〉`)}]`;

export const currency = `(?:US\\$|[CA]\\$|[${characters("$£€¥฿₽﷼₴")}])`;

const units = `
  km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph
  hPa Pa mbar mb MB kb KB gb GB tb TB T G M K %
  км км² км³ м м² м³ дм дм² дм³ см см² см³ мм мм² мм³ нм кг г мг м/с км/ч кПа Па мбар Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ
  كم كم² كم³ م م² م³ سم سم² سم³ مم مم² مم³ غرام جرام جم كغ ملغ كوب اكواب
  тбكم
`;

/** Units of measure, which split off after a digit. The last one is two words that spaCy's list runs together. */
export const unit = `(?:${units.trim().split(/\s+/).join("|")})`;

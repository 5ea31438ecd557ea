import { expect, test } from "vitest";
import { resolveApiModel } from "../../../src/embed/apis/apiModels.ts";
import { withoutSecrets } from "../../../src/embed/apis/secrets.ts";

const key = "s2k-4f9Zq81LmX0aTT7";
const bytes = Buffer.from(key);
const each = (form: (byte: number) => string): string => [...bytes].map(form).join("");
const percent = each((byte) => `%${byte.toString(16)}`);

test.each([
  ["plain", `bad key ${key}!`],
  ["letter by letter", [...key].join("-")],
  ["in capitals", key.toUpperCase()],
  ["in two halves", `${key.slice(0, 10)} is followed by ${key.slice(10)}`],
  ["backwards", [...key].reverse().join("")],
  ["as Base64", bytes.toString("base64")],
  ["as Base64 for addresses", bytes.toString("base64url")],
  ["as a part of Base64", Buffer.from(`user:${key}`).toString("base64")],
  ["as Base64 of Base64", Buffer.from(bytes.toString("base64")).toString("base64")],
  ["as hexadecimal digits", `key ${bytes.toString("hex")}`],
  ["as hexadecimal digits after one more", `a${bytes.toString("hex")}`],
  ["with every character encoded for an address", percent],
  ["encoded twice", encodeURIComponent(percent)],
  ["in entities", each((byte) => `&#${byte};`)],
  ["in escapes", each((byte) => `\\u00${byte.toString(16)}`)],
])("a key that comes back %s is not shown", (_, text) => {
  const shown = withoutSecrets(text, [key]);
  expect(shown).toContain("***");
  const letters = shown.replace(/[^A-Za-z0-9]/g, "");
  for (let at = 0; at + 8 <= key.length; at++) expect(letters).not.toContain(key.slice(at, at + 8));
  expect(letters.length).toBeLessThan(40);
});

test.each([
  "Forbidden",
  "Too Many Requests. Please wait and try again, or apply for a key at https://example.org/#api-key-form",
])("what has nothing of the key in it is shown as it is: %s", (text) => expect(withoutSecrets(text, [key])).toBe(text));

test("only the beginning of an endless text is looked at and shown", () => {
  expect(withoutSecrets("a%41".repeat(1_000_000), [key])).toHaveLength(2001);
});

test("of a key of thousands of letters no good piece is shown, and none too long for any key is sent", () => {
  const long = Array.from({ length: 600 }, (_, index) => ((index * 7919) % 46_656).toString(36).padStart(3, "0")).join(
    "-",
  );
  const text = `unknown: ${long.slice(300, 350)}`;
  expect(withoutSecrets(text, [long])).toBe("*** (left out: it repeats the key)");
  expect(withoutSecrets("Forbidden", [long])).toBe("Forbidden");
  const options = { env: { S2_API_KEY: "x".repeat(100_000) } };
  expect(() => resolveApiModel("s2:specter_v2", options)).toThrow("S2_API_KEY has 100000 characters");
  expect(() => resolveApiModel("api:specter", { apiUrl: `https://a/?key=${"x".repeat(100_000)}` })).toThrow(
    /any address/,
  );
});

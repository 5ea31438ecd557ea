/** The name and the password in an address, as they were meant; empty where there is none. */
export function credentialsOf({ username, password }: URL): { readonly name: string; readonly password: string } {
  return { name: withoutEscapes(username), password: withoutEscapes(password) };
}

/** The header that says them; null where there are none. */
export function basicAuthorization(url: URL): string | null {
  const { name, password } = credentialsOf(url);
  return name === "" && password === "" ? null : `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

/** A part of an address as it was meant; a % that begins no escape stands for itself. */
function withoutEscapes(part: string): string {
  return part.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => Buffer.from(escapes.replaceAll("%", ""), "hex").toString());
}

import { BlockList, isIP, isIPv6 } from "node:net";

/**
 * Whether NO_PROXY leaves an address out, as curl and Python read it: names with all below them, addresses of either family with or
 * without brackets, networks (`10.0.0.0/8`), each with a port or without; `*` for everything.
 * @param noProxy its value: entries with commas or blanks between them
 */
export function isWithoutProxy({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const host = bareName(hostname);
  const hostPort = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  return noProxy.split(/[\s,]+/).some((entry) => {
    if (entry === "" || entry === "*") return entry === "*";
    const [name, namedPort] = nameAndPort(entry);
    return (namedPort === null || namedPort === hostPort) && isNamed(host, name);
  });
}

/** Several colons without brackets are an IPv6 address, the last of which begins no port. */
function nameAndPort(entry: string): [name: string, port: string | null] {
  const [, inBrackets, name = inBrackets ?? "", port] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? ([entry, undefined, entry] as const);
  return [bareName(name), port ?? null];
}

/** A name in the one form in which it is compared. */
function bareName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/^\*?\.(?=.)/, "")
    .replace(/\.$/, "");
}

function isNamed(host: string, name: string): boolean {
  if (isIP(host) === 0) return host === name || host.endsWith(`.${name}`);
  const [, address = "", bits] = /^(.*?)(?:\/(\d{1,3}))?$/.exec(name) ?? [];
  if (isIP(address) !== isIP(host)) return false;
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  const most = family === "ipv6" ? 128 : 32;
  if (bits !== undefined && Number(bits) > most) return false;
  const list = new BlockList();
  list.addSubnet(address, bits === undefined ? most : Number(bits), family);
  return list.check(host, isIPv6(host) ? "ipv6" : "ipv4");
}

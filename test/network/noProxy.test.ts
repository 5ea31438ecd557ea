import { expect, it } from "vitest";
import { isWithoutProxy } from "../../src/network/noProxy.ts";

it.each([
  ["http://[::1]:80", ["::1", "[::1]", "[::1]:80", "0:0:0:0:0:0:0:1", "localhost,::1", "::/0", "::1/128", "*"]],
  ["http://[fe80::1]/", ["fe80::/10", "FE80::1", "[fe80::1]"]],
  ["http://10.1.2.3/", ["10.0.0.0/8", "10.1.2.3", "10.1.2.3:80", " x , 10.1.2.3 ", "10.1.2.3/32", "a 10.1.2.3"]],
  ["https://a.example.com/", ["example.com", ".example.com", "*.example.com", "A.EXAMPLE.COM.", "example.com:443"]],
  ["https://a.example.com./", ["example.com", "a.example.com"]],
  ["http://localhost:8080/", ["localhost", "localhost:8080"]],
])("NO_PROXY leaves %s out, however it is named", (address, entries) => {
  for (const entry of entries) expect(isWithoutProxy(new URL(address), entry), entry).toBe(true);
});

it.each([
  ["http://[::1]:80", ["::2", "[::1]:81", "::2/128", "127.0.0.1", "0.0.0.0/0", "::1/129", "1"]],
  ["http://10.1.2.3/", ["11.0.0.0/8", "10.1.2.3:443", "10.1.2.3/33", "3", ".2.3", "10", "", ",", "10.1.2.30", "::/0"]],
  ["https://a.example.com/", ["ample.com", "b.a.example.com", "example.com:80", "example", "."]],
  ["http://localhost/", ["ocalhost", "localhost.localdomain", "127.0.0.1"]],
])("NO_PROXY does not leave %s out by what is not its name", (address, entries) => {
  for (const entry of entries) expect(isWithoutProxy(new URL(address), entry), entry).toBe(false);
});

/** The value that a table has under a name from outside: one such as `constructor` is not taken for what every object inherits. */
export function ownValue<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

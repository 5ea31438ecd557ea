/** Stands for a value that is not of a form. */
export const unlike: unique symbol = Symbol("unlike");

/** Takes a parsed JSON value: gives a copy that holds what the form names and nothing else, or {@link unlike} for a value not of the form. */
export type Form = (value: unknown) => unknown;

/** A form of a field that may be missing. */
interface MayBeMissing {
  readonly form: Form;
  /** What stands for the field where it is missing; undefined leaves it out. */
  readonly otherwise: unknown;
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Any text. */
export const text: Form = (value) => (typeof value === "string" ? value : unlike);

/** True or false. */
export const truth: Form = (value) => (typeof value === "boolean" ? value : unlike);

/** Null. */
export const nothing: Form = (value) => (value === null ? value : unlike);

/** A finite number. */
export const number: Form = (value) => (Number.isFinite(value) ? value : unlike);

/** A finite number from `least` on. */
export function numberFrom(least: number): Form {
  return (value) => (Number.isFinite(value) && (value as number) >= least ? value : unlike);
}

/** A finite number above `bound`. */
export function numberAbove(bound: number): Form {
  return (value) => (Number.isFinite(value) && (value as number) > bound ? value : unlike);
}

/** A whole number that a double holds exactly. */
export const whole: Form = (value) => (Number.isSafeInteger(value) ? value : unlike);

/** A whole number from `least` on. */
export function wholeFrom(least: number): Form {
  return (value) => (Number.isSafeInteger(value) && (value as number) >= least ? value : unlike);
}

/** A whole number above `bound`. */
export function wholeAbove(bound: number): Form {
  return (value) => (Number.isSafeInteger(value) && (value as number) > bound ? value : unlike);
}

/** A text that a pattern (without a flag) finds itself in. */
export function matching(pattern: RegExp): Form {
  return (value) => (typeof value === "string" && pattern.test(value) ? value : unlike);
}

/** One of some texts, numbers or truth values. */
export function oneOf(...values: readonly unknown[]): Form {
  return (value) => (values.includes(value) ? value : unlike);
}

/** What the first form that fits makes of it. */
export function anyOf(...forms: readonly Form[]): Form {
  return (value) => {
    for (const form of forms) {
      const taken = form(value);
      if (taken !== unlike) return taken;
    }
    return unlike;
  };
}

/** A list of values of one form. */
export function list(form: Form): Form {
  return (value) => {
    if (!Array.isArray(value)) return unlike;
    const taken = new Array<unknown>(value.length);
    for (let i = 0; i < taken.length; i++) {
      const one = form(value[i]);
      if (one === unlike) return unlike;
      taken[i] = one;
    }
    return taken;
  };
}

/** An object of any keys with values of one form. */
export function byName(form: Form): Form {
  return (value) => {
    if (!isPlain(value)) return unlike;
    const keys = Object.keys(value);
    if (keys.length !== Reflect.ownKeys(value).length) return unlike;
    const taken: Record<string, unknown> = {};
    for (const key of keys) {
      // Such a key would set what the copy inherits from.
      if (key === "__proto__") return unlike;
      const one = form(value[key]);
      if (one === unlike) return unlike;
      taken[key] = one;
    }
    return taken;
  };
}

/** An object with fields, in their order; others of its fields are left out. */
export function fields(forms: Readonly<Record<string, Form | MayBeMissing>>): Form {
  const entries = Object.entries(forms);
  return (value) => {
    if (!isPlain(value)) return unlike;
    const taken: Record<string, unknown> = {};
    for (const [key, field] of entries) {
      const isForm = typeof field === "function";
      if (Object.hasOwn(value, key)) {
        const one = (isForm ? field : field.form)(value[key]);
        if (one === unlike) return unlike;
        taken[key] = one;
      } else if (isForm) {
        return unlike;
      } else if (field.otherwise !== undefined) {
        taken[key] = field.otherwise;
      }
    }
    return taken;
  };
}

/** A field that may be missing, and is then left out, or `otherwise`. */
export function mayBeMissing(form: Form, otherwise?: string | number | boolean | null): MayBeMissing {
  return { form, otherwise };
}

/** An object whose field `key` tells which form it has. */
export function byKind(key: string, forms: Readonly<Record<string, Form>>): Form {
  return (value) => {
    const kind = isPlain(value) && Object.hasOwn(value, key) ? value[key] : null;
    return typeof kind === "string" && Object.hasOwn(forms, kind) ? forms[kind]!(value) : unlike;
  };
}

// A value that must not be printed: it shows itself as "[redacted]" to consoles, loggers and JSON.

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** What a secret looks like wherever it is printed. */
export const REDACTED = "[redacted]";

/** A secret. Only `reveal` hands it out. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that sends it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [INSPECT](): string {
    return REDACTED;
  }
}

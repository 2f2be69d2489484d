/** The failures that mean something to the queue. Everything else that is thrown is retried. */

export type Vendor = "pagerduty" | "notion" | "jira";

/** A person must act: retrying unchanged can't help. `code` has a heading in docs/operations.md. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type WriteOutcome = "not-applied" | "unknown";

type RetryAfterOptions = ErrorOptions & {
  readonly code: string;
  readonly vendor?: Vendor;
  /** Whether a write that failed this way may have been carried out all the same. */
  readonly outcome?: WriteOutcome;
};

/** Not now: come back after `retryAfterMs`. Costs no attempt. Clients throw it once a vendor's gate is closed. */
export class RetryAfterError extends Error {
  override readonly name = "RetryAfterError";
  readonly code: string;
  readonly retryAfterMs: number;
  readonly vendor: Vendor | undefined;
  readonly outcome: WriteOutcome;
  constructor(message: string, retryAfterMs: number, options: RetryAfterOptions) {
    super(message, options);
    this.code = options.code;
    this.retryAfterMs = retryAfterMs;
    this.vendor = options.vendor;
    this.outcome = options.outcome ?? "not-applied";
  }
}

/** What can't happen. Never for bad input from outside. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new Error(`invariant broken: ${message}`);
  }
}

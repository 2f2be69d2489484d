/** How a run for a key ended. Failures are thrown (errors.ts). */

export type Outcome =
  | "converged"
  /** Come back on purpose, without this costing an attempt. `reason` is PascalCase, for logs. */
  | { readonly requeueAfterMs: number; readonly reason: string };

/** The gate that clients ask: waits for a vendor's budget, refuses while its gate is closed. Rests on the store. */

import { setTimeout as sleepFor } from "node:timers/promises";
import { RetryAfterError, type Vendor } from "../domain/errors.ts";
import type { VendorGate } from "../domain/gate.ts";
import type { StoreLog } from "./store-log.ts";
import type { Budget, Store } from "./store.ts";

export interface VendorGateOptions {
  readonly budgets: Readonly<Record<Vendor, Budget>>;
  /** First and longest pause where the vendor named none, in ms. */
  readonly timing: { readonly gateFirstMs: number; readonly gateMaxMs: number };
  /** Ends all waiting when the process stops. */
  readonly signal: AbortSignal;
  readonly log: StoreLog;
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

type GateStore = Pick<Store, "admit" | "closeGate" | "openGate">;

const pausedCodes: Readonly<Record<Vendor, string>> = {
  pagerduty: "PAGERDUTY_PAUSED",
  notion: "NOTION_PAUSED",
  jira: "JIRA_PAUSED",
};

/** Longer than this many windows nobody waits for the budget: the key comes back instead. */
const windowsMax = 2;
/** After the process was told to stop, its keys come back at once elsewhere. */
const stoppedRetryMs = 1_000;

/** Takes the store; gives the gate. Its errors are RetryAfterError with code `<VENDOR>_PAUSED`, or the store's. */
export function createVendorGate(store: GateStore, options: VendorGateOptions): VendorGate {
  const { log, timing, budgets, now = Date.now } = options;
  /** Gates that this process has seen closed and not opened since. */
  const seenClosed = new Set<Vendor>();
  const queues = new Map<Vendor, Promise<void>>();

  function enter(vendor: Vendor): Promise<void> {
    // In the order of asking: one caller a vendor waits at the store, the others behind it.
    const before = queues.get(vendor) ?? Promise.resolve();
    const deadline = now() + windowsMax * budgets[vendor].windowMs;
    const mine = before.then(() => enterNow(vendor, { store, seenClosed, options, deadline }));
    queues.set(
      vendor,
      mine.catch(() => undefined),
    );
    return mine;
  }

  return {
    enter,
    async succeeded(vendor) {
      if (!seenClosed.delete(vendor)) {
        return;
      }
      try {
        await store.openGate(vendor);
      } catch (error) {
        // The call itself went well and must not look failed. The next success tries again.
        seenClosed.add(vendor);
        log.warn({ vendor, reason: String(error) }, "the gate could not be opened");
      }
    },
    async failed(vendor, { retryAfterMs, reason }) {
      seenClosed.add(vendor);
      const { gateFirstMs: firstMs, gateMaxMs: maxMs } = timing;
      const named = retryAfterMs === undefined ? {} : { pauseMs: retryAfterMs };
      try {
        const gate = await store.closeGate(vendor, { ...named, reason, firstMs, maxMs });
        const { until, failures } = gate;
        log.warn({ vendor, reason, until, failures }, "the vendor is paused for all");
        return gate.pauseMs;
      } catch (error) {
        log.warn({ vendor, reason: String(error) }, "the gate could not be closed");
        return retryAfterMs ?? firstMs;
      }
    },
  };
}

interface Entering {
  readonly store: GateStore;
  readonly seenClosed: Set<Vendor>;
  readonly options: VendorGateOptions;
  readonly deadline: number;
}

async function enterNow(vendor: Vendor, entering: Entering): Promise<void> {
  const { store, seenClosed, options, deadline } = entering;
  const { budgets, signal, now = Date.now, sleep = sleepUntilAborted } = options;
  const budget = budgets[vendor];
  for (;;) {
    if (signal.aborted) {
      throw paused(vendor, stoppedRetryMs, "this process stops");
    }
    const { waitMs, why, reason, probe } = await store.admit(vendor, budget);
    if (waitMs === 0) {
      if (probe === true) {
        seenClosed.add(vendor);
      }
      return;
    }
    if (why === "gate") {
      seenClosed.add(vendor);
      throw paused(vendor, waitMs, reason ?? "its gate is closed");
    }
    if (now() + waitMs > deadline) {
      throw paused(vendor, waitMs, "its budget of calls is spent");
    }
    await sleep(waitMs, signal);
  }
}

function paused(vendor: Vendor, retryAfterMs: number, reason: string): RetryAfterError {
  return new RetryAfterError(`not calling ${vendor} now: ${reason}`, retryAfterMs, {
    code: pausedCodes[vendor],
    vendor,
  });
}

async function sleepUntilAborted(ms: number, signal: AbortSignal): Promise<void> {
  await sleepFor(ms, undefined, { signal }).catch(() => undefined);
}

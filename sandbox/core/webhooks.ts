/**
 * What the vendors' webhook senders share: a queue per lane with head-of-line order, retries with
 * a back-off, time limits, duplicates, reordering and losses on demand. A vendor adds what it
 * sends, how it classifies answers and when it gives up.
 */

import type { Clock, Timer } from "./clock.ts";
import type { Faults } from "./faults.ts";

interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Delivery {
  /** Deliveries of one lane go out one after the other; a retrying one holds up the rest. */
  readonly lane: string;
  /** The event type, which faults match on. */
  readonly event: string;
  /** Builds the request of the `attempt`-th attempt, from 1. */
  readonly build: (attempt: number) => WebhookRequest;
}

/** How one attempt ended: with a status, or with the name of what went wrong. */
export type AttemptResult = { readonly status: number } | { readonly error: string };

export type Verdict = "delivered" | "retry" | "dropped";

export interface Attempt {
  readonly at: string;
  readonly event: string;
  readonly lane: string;
  readonly attempt: number;
  readonly result: AttemptResult;
  readonly verdict: Verdict;
}

export interface WebhookSenderOptions {
  readonly clock: Clock;
  readonly faults: Faults;
  /** The pauses between attempts; the last one repeats. */
  readonly backOffMs: readonly number[];
  /** A delivery older than this (by the clock) is dropped instead of retried. */
  readonly giveUpAfterMs: number;
  /** At most this many attempts; absent: as many as fit into `giveUpAfterMs`. */
  readonly attemptsMax?: number;
  /** The limit of one attempt, in real time. */
  readonly answerWithinMs: number;
  readonly classify: (result: AttemptResult) => Verdict;
  /** Told once per delivery, when it is delivered or dropped for good. */
  readonly onSettled?: (delivery: Delivery, verdict: "delivered" | "dropped") => void;
}

export interface WebhookSender {
  send(delivery: Delivery): void;
  /** Forgets what waits in the lanes that `isTheirs` says; attempts on their way still end. */
  discard(isTheirs: (lane: string) => boolean): void;
  /** How many deliveries are waiting, on their way or held back. */
  pending(): number;
  /** The attempts made, oldest first. */
  attempts(): readonly Attempt[];
  clear(): void;
  close(): void;
}

interface Waiting {
  readonly delivery: Delivery;
  readonly bornMs: number;
  attempt: number;
}

interface Sender {
  readonly options: WebhookSenderOptions;
  readonly lanes: Map<string, Waiting[]>;
  readonly log: Attempt[];
  readonly timers: Set<Timer>;
  readonly closing: AbortController;
  heldBack: number;
  /** Raised by clear(): what was on its way then must not settle or retry in the new world. */
  generation: number;
}

const attemptsKeptMax = 10_000;

/** A sender without any delivery yet. */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const sender: Sender = {
    options,
    lanes: new Map(),
    log: [],
    timers: new Set(),
    closing: new AbortController(),
    heldBack: 0,
    generation: 0,
  };
  return {
    send: (delivery) => send(sender, delivery),
    discard(isTheirs) {
      for (const [name, lane] of sender.lanes) {
        if (isTheirs(name)) {
          lane.length = 0;
        }
      }
    },
    pending() {
      return [...sender.lanes.values()].reduce((sum, lane) => sum + lane.length, sender.heldBack);
    },
    attempts: () => [...sender.log],
    clear: () => clear(sender),
    close() {
      sender.closing.abort();
      clear(sender);
    },
  };
}

function send(sender: Sender, delivery: Delivery): void {
  let copies = 1;
  let heldMs = 0;
  for (const fault of sender.options.faults.strikeWebhook(delivery.event)) {
    switch (fault.kind) {
      case "drop-webhook":
        return;
      case "duplicate-webhook":
        copies += fault.copies;
        break;
      case "reorder-webhooks":
        heldMs += fault.delayMs;
        break;
    }
  }
  if (heldMs === 0) {
    enqueue(sender, delivery, copies);
    return;
  }
  sender.heldBack += 1;
  later(sender, heldMs, () => {
    sender.heldBack -= 1;
    enqueue(sender, delivery, copies);
  });
}

function enqueue(sender: Sender, delivery: Delivery, copies: number): void {
  if (sender.closing.signal.aborted) {
    return;
  }
  const bornMs = sender.options.clock.now().getTime();
  const waiting = Array.from({ length: copies }, () => ({ delivery, bornMs, attempt: 0 }));
  const lane = sender.lanes.get(delivery.lane);
  if (lane === undefined) {
    sender.lanes.set(delivery.lane, waiting);
    void tryHead(sender, delivery.lane);
  } else {
    lane.push(...waiting);
  }
}

function later(sender: Sender, delayMs: number, action: () => void): void {
  const timer = sender.options.clock.setTimer(delayMs, () => {
    sender.timers.delete(timer);
    action();
  });
  sender.timers.add(timer);
}

async function tryHead(sender: Sender, laneName: string): Promise<void> {
  const { lanes, options } = sender;
  const head = lanes.get(laneName)?.[0];
  if (head === undefined) {
    lanes.delete(laneName);
    return;
  }
  const { generation } = sender;
  head.attempt += 1;
  const result = await post(sender, head.delivery.build(head.attempt));
  if (generation !== sender.generation || sender.closing.signal.aborted) {
    return;
  }
  const verdict = verdictOf(options, head, result);
  note(sender, head, { result, verdict });
  if (verdict === "retry") {
    const pauses = options.backOffMs;
    const pauseMs = pauses[head.attempt - 1] ?? pauses.at(-1) ?? 0;
    later(sender, pauseMs, () => void tryHead(sender, laneName));
    return;
  }
  const lane = lanes.get(laneName);
  if (lane?.[0] === head) {
    lane.shift();
  }
  options.onSettled?.(head.delivery, verdict);
  void tryHead(sender, laneName);
}

function verdictOf(options: WebhookSenderOptions, head: Waiting, result: AttemptResult): Verdict {
  const verdict = options.classify(result);
  const ageMs = options.clock.now().getTime() - head.bornMs;
  const isLast = head.attempt >= (options.attemptsMax ?? Number.POSITIVE_INFINITY);
  return verdict === "retry" && (isLast || ageMs >= options.giveUpAfterMs) ? "dropped" : verdict;
}

async function post(sender: Sender, request: WebhookRequest): Promise<AttemptResult> {
  const limit = AbortSignal.timeout(sender.options.answerWithinMs);
  try {
    const response = await fetch(request.url, {
      method: "POST",
      headers: request.headers,
      body: request.body,
      redirect: "manual",
      signal: AbortSignal.any([limit, sender.closing.signal]),
    });
    await response.arrayBuffer();
    return { status: response.status };
  } catch (error) {
    return { error: limit.aborted ? "timeout" : reasonOf(error) };
  }
}

function note(sender: Sender, head: Waiting, end: Pick<Attempt, "result" | "verdict">): void {
  const { event, lane } = head.delivery;
  const at = sender.options.clock.now().toISOString();
  sender.log.push({ at, event, lane, attempt: head.attempt, ...end });
  if (sender.log.length > attemptsKeptMax) {
    sender.log.shift();
  }
}

function clear(sender: Sender): void {
  sender.generation += 1;
  sender.heldBack = 0;
  sender.lanes.clear();
  sender.log.length = 0;
  for (const timer of sender.timers) {
    timer.cancel();
  }
  sender.timers.clear();
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    return error.cause instanceof Error ? error.cause.message : error.message;
  }
  return String(error);
}

/**
 * Two connections to one Redis: one for commands, which fail fast, and one that may block. After every (re)connect
 * the server is looked at again before anything is sent: it may be another one (failover), or unsafe.
 */

import { Redis, type RedisOptions } from "ioredis";
import { z } from "zod";
import type { TerminalError } from "../../domain/errors.ts";
import { within } from "../limits.ts";
import type { StoreLog } from "../store-log.ts";
import { throttled } from "../../domain/throttle.ts";
import { recognize, runScript } from "./scripts.ts";
import { judge, readFacts } from "./settings.ts";

export interface ConnectionOptions {
  readonly url: string;
  readonly prefix: string;
  readonly allowUnsafe: boolean;
  readonly log: StoreLog;
  /** Runs once the server was found good, before anything else is sent to it. */
  readonly prepare: (redis: Redis) => Promise<void>;
}

export interface RedisConnection {
  /** The connection for commands, once the server is known to be good. Rejects at once while it is down. */
  commands(): Promise<Redis>;
  /** The connection for commands that block. */
  blocking(): Promise<Redis>;
  /** The latest of the birth of what lies under the prefix, and of Redis' last restart or failover. */
  epoch(): Promise<Date>;
  /** Resolves after the first look at the server, or after `ms` when it does not answer. Throws what the look found. */
  settle(ms: number): Promise<void>;
  close(): void;
}

const reconnectMaxMs = 2_000;
const commandTimeoutMs = 2_000;
/** A look that failed for a passing reason (loading, busy) is tried again after this. */
const lookAgainMs = 1_000;

function retryStrategy(times: number): number {
  return Math.min(times * 200, reconnectMaxMs);
}

/** The default form of replies, which is what ioredis' types want spelled out. */
type Options = Omit<RedisOptions, "replyMapping">;

/**
 * What was on its way when a connection broke fails at once and is not sent again: nobody waits for it any more,
 * and a read of hints would claim them for nobody.
 */
const common: Options = {
  maxRetriesPerRequest: 0,
  connectTimeout: 2_000,
  // A server that vanished without a word (its host is gone) is given up and looked for again.
  socketTimeout: 5_000,
  keepAlive: 5_000,
  retryStrategy,
};
const commandOptions: Options = {
  ...common,
  connectionName: "debrief",
  enableOfflineQueue: false,
  commandTimeout: commandTimeoutMs,
};
const blockingOptions: Options = { ...common, connectionName: "debrief-blocking" };

/** Connects in the background: a Redis that is down at the start is no reason to fail. */
export function connect(options: ConnectionOptions): RedisConnection {
  const { url, log } = options;
  const commands = new Redis(url, commandOptions);
  const blocking = new Redis(url, blockingOptions);
  const write = throttled((fields, message) => log.error(fields, message), Date.now);
  function say(reason: string): void {
    write({ reason }, "the connection to Redis failed");
  }
  for (const redis of [commands, blocking]) {
    redis.on("error", (error: unknown) => say(messageOf(error)));
  }
  const state: LookState = {
    fault: undefined,
    runId: "",
    say,
    good: Promise.withResolvers<undefined>(),
  };
  state.good.promise.catch(() => undefined);
  commands.on("close", () => {
    state.good = Promise.withResolvers();
    state.good.promise.catch(() => undefined);
  });
  commands.on("ready", () => void look(commands, state, options));
  return {
    async commands() {
      await known(commands, state);
      return commands;
    },
    async blocking() {
      await known(commands, state);
      return blocking;
    },
    async epoch() {
      await known(commands, state);
      return recordEpoch(commands, state, options.prefix);
    },
    async settle(ms) {
      await within(ms, "reaching Redis", state.good.promise).catch(() => {
        if (state.fault === undefined) {
          say("Redis is not reachable at the start, trying on");
        }
      });
      if (state.fault !== undefined) {
        throw state.fault;
      }
    },
    close() {
      commands.disconnect();
      blocking.disconnect();
      state.good.reject(new Error("the store is closed"));
    },
  };
}

interface LookState {
  /** Why this server must not be used. */
  fault: TerminalError | undefined;
  runId: string;
  readonly say: (reason: string) => void;
  /** Settled by the look at the server that is connected now. */
  good: PromiseWithResolvers<undefined>;
}

async function known(commands: Redis, state: LookState): Promise<void> {
  if (commands.status !== "ready") {
    throw new Error(`Redis is not connected (${commands.status})`);
  }
  await within(commandTimeoutMs, "looking at Redis", state.good.promise);
}

async function look(redis: Redis, state: LookState, options: ConnectionOptions): Promise<void> {
  const { good } = state;
  try {
    const facts = await readFacts(redis);
    state.fault = judge(facts, options);
    if (state.fault !== undefined) {
      options.log.error({ code: state.fault.code }, state.fault.message);
      good.reject(state.fault);
      return;
    }
    state.runId = facts.runId;
    await recordEpoch(redis, state, options.prefix);
    await options.prepare(redis);
    good.resolve(undefined);
  } catch (error) {
    state.say(`looking at it failed: ${messageOf(error)}`);
    setTimeout(() => {
      if (redis.status === "ready" && state.good === good) {
        void look(redis, state, options);
      }
    }, lookAgainMs).unref();
  }
}

/** Asked for anew each time: after a flush the store is born again. */
async function recordEpoch(redis: Redis, state: LookState, prefix: string): Promise<Date> {
  const epoch = await runScript(redis, recognize, [`${prefix}:meta`], [state.runId]);
  return new Date(z.number().parse(epoch));
}

const WithMessage = z.object({ message: z.string().min(1), code: z.string().optional() });

/** A refused connection to several addresses is an AggregateError without a message, but with a code. */
function messageOf(error: unknown): string {
  const parsed = WithMessage.safeParse(error);
  if (parsed.success) {
    return parsed.data.message;
  }
  return z.object({ code: z.string() }).safeParse(error).data?.code ?? String(error);
}

/** Whether a Redis keeps what it acknowledged: its version, its append-only file, its eviction policy. */

import type { Redis } from "ioredis";
import { z } from "zod";
import { TerminalError } from "../../domain/errors.ts";
import type { StoreLog } from "../store-log.ts";

export interface RedisFacts {
  /** What is undefined the server won't tell. */
  readonly version: string | undefined;
  readonly appendOnly?: boolean;
  readonly policy?: string;
  /** Changes with every restart and failover. */
  readonly runId: string;
  /** 0: no limit. */
  readonly memoryLimit: number;
  readonly memoryUsed: number;
}

const oldestVersion = [6, 2] as const;

/** Reads INFO, which managed services allow; asks CONFIG only for what INFO leaves out. */
export async function readFacts(redis: Redis): Promise<RedisFacts> {
  const info = parseInfo(await redis.info().catch(emptyIfForbidden));
  const appendOnly = info.get("aof_enabled") ?? (await readSetting(redis, "appendonly"));
  const policy = info.get("maxmemory_policy") ?? (await readSetting(redis, "maxmemory-policy"));
  return {
    version: info.get("redis_version"),
    ...(appendOnly === undefined ? {} : { appendOnly: ["1", "yes"].includes(appendOnly) }),
    ...(policy === undefined ? {} : { policy }),
    runId: info.get("run_id") ?? "unknown",
    memoryLimit: Number(info.get("maxmemory") ?? 0),
    memoryUsed: Number(info.get("used_memory") ?? 0),
  };
}

/**
 * What forbids to use it, as a TerminalError (REDIS_TOO_OLD, REDIS_NOT_DURABLE, REDIS_EVICTION), or undefined. With
 * `allowUnsafe` the last two are only said.
 */
export function judge(
  facts: RedisFacts,
  { allowUnsafe, log }: { readonly allowUnsafe: boolean; readonly log: StoreLog },
): TerminalError | undefined {
  const [major = 0, minor = 0] = (facts.version ?? "7.0").split(".").map(Number);
  if (major < oldestVersion[0] || (major === oldestVersion[0] && minor < oldestVersion[1])) {
    return new TerminalError(
      "REDIS_TOO_OLD",
      `Redis is version ${facts.version}; Debrief needs ${oldestVersion.join(".")} or later`,
    );
  }
  if (facts.version === undefined || facts.appendOnly === undefined || facts.policy === undefined) {
    log.warn(
      { version: facts.version, appendOnly: facts.appendOnly, policy: facts.policy },
      "Redis does not tell its settings; see to it that appendonly is on and maxmemory-policy is noeviction",
    );
  }
  const faults = [
    facts.appendOnly === false
      ? new TerminalError(
          "REDIS_NOT_DURABLE",
          "Redis runs without its append-only file, so a restart loses acknowledged webhooks; set appendonly yes",
        )
      : undefined,
    facts.policy !== undefined && facts.policy !== "noeviction"
      ? new TerminalError(
          "REDIS_EVICTION",
          `Redis may throw away keys (maxmemory-policy ${facts.policy}); set maxmemory-policy noeviction`,
        )
      : undefined,
  ].filter((fault) => fault !== undefined);
  if (allowUnsafe) {
    for (const fault of faults) {
      log.warn({ code: fault.code }, `UNSAFE REDIS, used all the same: ${fault.message}`);
    }
    return undefined;
  }
  return faults[0];
}

function parseInfo(text: string): Map<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const colon = line.indexOf(":");
    return line.startsWith("#") || colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
  });
  return new Map(pairs);
}

/** Where even INFO is forbidden nothing is known, which is said. */
function emptyIfForbidden(error: unknown): string {
  if (error instanceof Error && error.message.startsWith("NOPERM")) {
    return "";
  }
  throw error;
}

const Setting = z.tuple([z.string(), z.string()]);

async function readSetting(redis: Redis, name: string): Promise<string | undefined> {
  try {
    return Setting.safeParse(await redis.config("GET", name)).data?.[1];
  } catch {
    // Managed services forbid CONFIG: then the operator is told that it is unknown.
    return undefined;
  }
}

/** What must happen at once in Redis, in Lua. Each says what its keys and arguments are; times are Redis' own, in ms. */

import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

export interface Script {
  readonly lua: string;
}

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** KEYS meta. ARGV run id. Records birth and run id; gives the epoch in ms. */
export const recognize: Script = {
  lua: `${now}
redis.call('HSETNX', KEYS[1], 'birth', now)
redis.call('HSETNX', KEYS[1], 'epoch', now)
if redis.call('HSETNX', KEYS[1], 'run', ARGV[1]) == 0 and redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then
  redis.call('HSET', KEYS[1], 'run', ARGV[1], 'epoch', now)
end
return tonumber(redis.call('HGET', KEYS[1], 'epoch'))`,
};

/** KEYS lease, links, unsettled. ARGV token, key, link, settled (1 or 0). Gives 1, or 0 when the lease is lost. */
export const putLink: Script = {
  lua: `${now}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
if ARGV[4] == '1' then
  redis.call('ZREM', KEYS[3], ARGV[2])
else
  redis.call('ZADD', KEYS[3], now, ARGV[2])
end
return 1`,
};

/** KEYS lease. ARGV token, ms. Gives 0, or how long the present holder's lasts. */
export const acquireLease: Script = {
  lua: `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return 0
end
return math.max(1, redis.call('PTTL', KEYS[1]))`,
};

/** KEYS lease. ARGV token, ms. Gives 1, or 0 when it is lost. */
export const renewLease: Script = {
  lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
};

/** KEYS lease. ARGV token. */
export const releaseLease: Script = {
  lua: `
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0`,
};

/**
 * KEYS gate, calls (a sorted set, by time). ARGV limit, window, probe, a name for the call.
 * Gives {wait, why, reason, probe (1 or 0)}.
 */
export const admit: Script = {
  lua: `${now}
local gate = redis.call('HMGET', KEYS[1], 'until', 'probe', 'reason')
local closed = tonumber(gate[1])
if closed and closed > now then
  return {closed - now, 'gate', gate[3], 0}
end
local probe = tonumber(gate[2])
if closed and probe and probe > now then
  return {probe - now, 'probe', gate[3], 0}
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[2])
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[1]) then
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  return {(tonumber(oldest[2]) or now) + ARGV[2] - now + 1, 'budget', '', 0}
end
redis.call('ZADD', KEYS[2], now, ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[2] * 2)
if closed then
  redis.call('HSET', KEYS[1], 'probe', now + ARGV[3])
  return {0, '', '', 1}
end
return {0, '', '', 0}`,
};

/**
 * KEYS gate. ARGV what the vendor named in ms or '', first, max, chance (0 to 1), reason. Gives {until, failures, pause}.
 * The pause is what the vendor named, though never so short that it is hammered; else doubling up to the maximum,
 * anywhere between half and whole. Calls that were under way when the gate closed lengthen no growing pause.
 */
export const closeGate: Script = {
  lua: `${now}
local named = tonumber(ARGV[1])
local first = tonumber(ARGV[2])
local closed = tonumber(redis.call('HGET', KEYS[1], 'until'))
local failures = tonumber(redis.call('HGET', KEYS[1], 'failures')) or 0
local ends
if closed and closed > now then
  ends = math.max(closed, now + (named or 0))
else
  failures = failures + 1
  local pause
  if named then
    pause = math.max(named, first / 2)
  else
    pause = math.min(tonumber(ARGV[3]), first * 2 ^ math.min(failures - 1, 30)) * (0.5 + ARGV[4] / 2)
  end
  ends = now + math.ceil(pause)
end
ends = math.ceil(ends)
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', ends), 'failures', failures, 'reason', ARGV[5])
redis.call('HDEL', KEYS[1], 'probe')
return {ends, failures, ends - now}`,
};

/** KEYS gate. Opens it where its pause has passed. */
export const openGate: Script = {
  lua: `${now}
local closed = tonumber(redis.call('HGET', KEYS[1], 'until'))
if closed and closed <= now then
  return redis.call('DEL', KEYS[1])
end
return 0`,
};

/** KEYS audit (a stream), the key's list of entry ids. ARGV entry, overall max, per-key max, days in ms. */
export const appendAudit: Script = {
  lua: `
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'entry', ARGV[1])
redis.call('LPUSH', KEYS[2], id)
redis.call('LTRIM', KEYS[2], 0, ARGV[3] - 1)
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return id`,
};

/** KEYS stream. ARGV group, ms. Deletes consumers that hold nothing and asked for nothing for so long. */
export const removeIdle: Script = {
  lua: `
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local facts = {}
  for i = 1, #consumer, 2 do
    facts[consumer[i]] = consumer[i + 1]
  end
  if facts.pending == 0 and facts.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], facts.name)
  end
end`,
};

/** Runs a script by its hash; sends it whole where Redis does not know it yet (after a restart). */
export async function runScript(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const sha = shaOf(script);
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("NOSCRIPT")) {
      return redis.eval(script.lua, keys.length, ...keys, ...args);
    }
    throw error;
  }
}

const shas = new Map<Script, string>();

function shaOf(script: Script): string {
  const known = shas.get(script);
  if (known !== undefined) {
    return known;
  }
  const sha = createHash("sha1").update(script.lua).digest("hex");
  shas.set(script, sha);
  return sha;
}

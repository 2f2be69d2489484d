/** One seed from start to verdict: people act while things go wrong, then all is calm, time passes, and the world is looked at. */

import { createRandom } from "../../sandbox/core/random.ts";
import type { Templates } from "../../src/domain/template.ts";
import { strike } from "./disasters.ts";
import { isWrite, problemsOf } from "./invariants.ts";
import type { Carried } from "./network.ts";
import { trigger } from "./at-pagerduty.ts";
import { doSomething } from "./operations.ts";
import { nobody } from "./people.ts";
import { openWorld, type World } from "./world.ts";

const minuteMs = 60_000;
/** Longer than the longest pause of anything that was still under way: gates, graces, rechecks. */
const calmMs = 80 * minuteMs;
const quietMs = 40 * minuteMs;
/** A few for each recheck within the quiet time. */
const refusedMax = 12;

export interface Verdict {
  readonly seed: number;
  /** In plain words; empty when all invariants hold. */
  readonly problems: readonly string[];
  readonly story: readonly string[];
  readonly calls: readonly Carried[];
  readonly runs: number;
  /** What people did, by kind. */
  readonly done: ReadonlyMap<string, number>;
}

export interface SimulateOptions {
  readonly templates: Templates;
  readonly onLog?: (line: string) => void;
}

/** Plays one seed. The same seed gives the same verdict, call by call. */
export async function simulate(seed: number, options: SimulateOptions): Promise<Verdict> {
  await using world = await openWorld({ ...options, seed });
  const random = createRandom(seed + 10);
  const disaster = createRandom(seed + 11);
  const people = nobody();
  const done = new Map<string, number>();
  let words = 0;
  function word(): string {
    words += 1;
    return `w${String(words)}q${random.text("abcdefghjkmnpqrstvwxyz", 4)}`;
  }
  const doing = { world, people, random, word };
  const steps = 20 + random.integer(40);
  trigger(doing);
  const danger = disaster.pick([0, 0.15, 0.35, 0.6]);
  for (let step = 0; step < steps; step += 1) {
    const name = doSomething(doing);
    done.set(name, (done.get(name) ?? 0) + 1);
    if (disaster.chance(danger)) {
      strike(world, disaster);
    }
    await world.time.advance(restMs(random.next(), random.integer(1000)));
  }
  world.tell("calm");
  world.calm();
  await world.time.advance(calmMs);
  const before = world.network.calls.length;
  world.tell("quiet");
  await world.time.advance(quietMs);
  await untilNothingRuns(world);
  const late = world.network.calls.slice(before).filter(isWrite);
  const problems = [...(await problemsOf(world, people)), ...needless(late)];
  const { network, story, runs } = world;
  return { seed, problems, story, calls: network.calls, runs: runs.length, done };
}

/** A resync may be under way just now; one that never ends is for the invariants to say. */
async function untilNothingRuns(world: World): Promise<void> {
  const { queue } = world.service();
  for (let tries = 0; tries < 60 && (await queue.counts()).active > 0; tries += 1) {
    await world.time.advance(1_000);
  }
}

/** In a world at rest nothing is written; what a vendor refuses is tried again now and then, not in each resync. */
function needless(late: readonly Carried[]): string[] {
  const refused = late.filter(({ ended }) => typeof ended === "number" && ended >= 400);
  const written = late.filter((call) => !refused.includes(call));
  const often = refused.length > refusedMax ? refused.slice(0, 3) : [];
  return [...written, ...often].map(
    (call) => `written though nothing had changed: ${describe(call)}`,
  );
}

/** Mostly seconds, at times nothing at all, now and then long enough for a resync. */
function restMs(dice: number, more: number): number {
  if (dice < 0.2) {
    return more / 10;
  }
  if (dice < 0.85) {
    return 1_000 + more * 40;
  }
  return dice < 0.97 ? minuteMs + more * 100 : 6 * minuteMs + more * 600;
}

function describe({ atMs, method, path, ended, body }: Carried): string {
  return `${new Date(atMs).toISOString().slice(11, 23)} ${method} ${path} ${body.slice(0, 300)} → ${String(ended)}`;
}

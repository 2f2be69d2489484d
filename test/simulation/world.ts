/** The world of one seed: three vendors and one or two processes of the service on one virtual clock, and the faults that strike between them. */

import { readFileSync } from "node:fs";
import { realClock } from "../../sandbox/core/clock.ts";
import { createRandom, type Random } from "../../sandbox/core/random.ts";
import { startJiraSandbox, type JiraSandbox } from "../../sandbox/jira/sandbox.ts";
import { startNotionSandbox, type NotionSandbox } from "../../sandbox/notion/sandbox.ts";
import { startPagerDutySandbox, type PagerDutySandbox } from "../../sandbox/pagerduty/sandbox.ts";
import { loadConfig, type Config } from "../../src/config.ts";
import type { Templates } from "../../src/domain/template.ts";
import type { RunReport } from "../../src/queue/queue.ts";
import { emptyJobs, wipeJobs, type Jobs } from "./memory-queue.ts";
import { emptyDisk, wipe, type Disk } from "./memory-store.ts";
import { createNetwork, type SimulatedNetwork } from "./network.ts";
import { startService, type SimulatedService } from "./service.ts";
import { startVirtualTime, type VirtualTime } from "./virtual-time.ts";

const start = Date.parse("2026-03-02T09:00:00.000Z");
const origin = "http://debrief.test";

/** As an operator would shorten them: what is looked at only now and then is looked at within the simulated hours. */
const settings = `
timing:
  item_sweep_s: 300
  item_recheck_s: 1800
  to_do_rest_s: 60
`;

export interface World extends AsyncDisposable {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly network: SimulatedNetwork;
  readonly pagerduty: PagerDutySandbox;
  readonly notion: NotionSandbox;
  readonly jira: JiraSandbox;
  readonly disk: Disk;
  readonly jobs: Jobs;
  readonly runs: RunReport[];
  /** What happened, for the reader of a failing seed. */
  readonly story: string[];
  tell(line: string): void;
  service(): SimulatedService;
  /** A process dies at the n-th place from now where one may, and is started again a while later. */
  crashSoon(places: number, restartAfterMs: number): void;
  /** A process dies at the n-th place whose name matches ("before GET /v1/pages/…", "after putLink"). */
  crashAt(place: RegExp, times: number, restartAfterMs: number): void;
  /** Everything that the store and the queue held is lost. */
  wipeStore(): void;
  /** No fault, no crash, no webhook from here on; a dead service is started. */
  calm(): void;
}

export interface WorldOptions {
  readonly seed: number;
  readonly templates: Templates;
  readonly onLog?: ((line: string) => void) | undefined;
  /** debrief.yaml in place of the simulation's own. */
  readonly yaml?: string | undefined;
  /** How many processes; absent: as the seed decides. */
  readonly replicas?: number;
}

const anywhere = /(?:)/u;

/** Opens the vendors and starts the service. Time stands still until it is advanced. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { seed, templates, onLog, yaml } = options;
  const random = createRandom(seed);
  const chance = createRandom(seed + 1);
  const services: SimulatedService[] = [];
  let hears = true;
  const time = startVirtualTime(start, seed + 2, (url, init) => {
    return deliver(url, init, hears ? services : []);
  });
  const network = createNetwork(createRandom(seed + 3));
  const vendors = await openVendors(seed, network);
  const config = configOf(vendors, yaml ?? settings);
  const disk = emptyDisk(start - 3_600_000);
  const jobs = emptyJobs();
  const runs: RunReport[] = [];
  const story: string[] = [];
  const crash = { left: Number.POSITIVE_INFINITY, at: anywhere, restartAfterMs: 0 };
  const replicas = options.replicas ?? (chance.chance(0.3) ? 2 : 1);

  function tell(line: string): void {
    const at = new Date().toISOString().slice(11, 23);
    story.push(`${at} ${line}`);
    onLog?.(`${at} *** ${line}\n`);
  }

  /** Starts one process in place of what ran there before. Its clock is a little off. */
  function boot(place: number): void {
    const skewMs = chance.chance(0.3) ? chance.integer(40_000) - 20_000 : 0;
    services[place] = startService({
      config,
      templates,
      network,
      disk,
      jobs,
      skewMs,
      random: () => chance.next(),
      onLog,
      onRun: (report) => runs.push(report),
      diesAt(what) {
        crash.left -= crash.at.test(what) ? 1 : 0;
        return crash.left <= 0;
      },
      onDeath(what) {
        crash.left = Number.POSITIVE_INFINITY;
        tell(`a service died ${what}`);
        setTimeout(() => bootAgain(place), crash.restartAfterMs);
      },
    });
  }

  function bootAgain(place: number): void {
    if (services[place]?.isDead() !== false) {
      tell("a service is started again");
      boot(place);
    }
  }

  for (let place = 0; place < replicas; place += 1) {
    boot(place);
  }

  return {
    time,
    random,
    network,
    ...vendors,
    disk,
    jobs,
    runs,
    story,
    tell,
    service() {
      const [first] = services;
      if (first === undefined) {
        throw new Error("the service was never started");
      }
      return first;
    },
    crashSoon: (places, restartAfterMs) =>
      void Object.assign(crash, { left: places, at: anywhere, restartAfterMs }),
    crashAt: (place, times, restartAfterMs) =>
      void Object.assign(crash, { left: times, at: place, restartAfterMs }),
    wipeStore() {
      tell("the store is wiped");
      wipe(disk, Date.now());
      wipeJobs(jobs);
    },
    calm() {
      crash.left = Number.POSITIVE_INFINITY;
      hears = false;
      network.refused.clear();
      [vendors.pagerduty, vendors.notion, vendors.jira].forEach(({ faults }) => faults.clear());
      vendors.jira.configure({ searchMissProbability: 0 });
      vendors.notion.configure({ blocked: false });
      services.forEach((_, place) => bootAgain(place));
    },
    async [Symbol.asyncDispose]() {
      services.forEach((service) => service.kill());
      await Promise.all([vendors.pagerduty.close(), vendors.notion.close(), vendors.jira.close()]);
      time[Symbol.dispose]();
    },
  };
}

type Vendors = Pick<World, "pagerduty" | "notion" | "jira">;

async function openVendors(seed: number, network: SimulatedNetwork): Promise<Vendors> {
  const shared = { seed, network: network.vendors, webhookTarget: origin };
  const pagerduty = await startPagerDutySandbox({ ...shared, clock: realClock() });
  const notion = await startNotionSandbox({ ...shared, clock: realClock() });
  const jira = await startJiraSandbox({ ...shared, clock: realClock() });
  notion.setWebhook();
  return { pagerduty, notion, jira };
}

function configOf({ pagerduty, notion, jira }: Vendors, yaml: string): Config {
  const env = {
    STORE_URL: "file:./unused",
    DEBRIEF_CONFIG: "debrief.yaml",
    ...pagerduty.environment(),
    ...notion.environment(),
    ...jira.environment(),
  };
  return loadConfig(env, (path) =>
    path.endsWith("debrief.yaml") ? yaml : readFileSync(path, "utf8"),
  );
}

/** A webhook on its way: lost when nobody hears any more, else taken by a service that lives, refused when none does. */
async function deliver(
  url: string,
  init: RequestInit,
  services: readonly SimulatedService[],
): Promise<unknown> {
  const { pathname } = new URL(url);
  const headers = Object.fromEntries(new Headers(init.headers).entries());
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 5);
  });
  if (services.length === 0) {
    return answer(202);
  }
  const body = typeof init.body === "string" ? init.body : "";
  const alive = services.filter((service) => !service.isDead());
  const taker = alive[body.length % Math.max(1, alive.length)];
  const status = await taker?.receive(pathname, headers, body);
  if (status === undefined) {
    throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
  }
  return answer(status);
}

function answer(status: number): unknown {
  return { status, arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)) };
}

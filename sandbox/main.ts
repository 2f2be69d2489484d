/**
 * Runs the vendors on loopback (or SANDBOX_HOST): PagerDuty on SANDBOX_PORT (4000), Notion and Jira on the two
 * ports after it, and a board to look at on SANDBOX_BOARD_PORT. Prints the environment that the program needs
 * to talk to them as NAME=value lines closed by an empty line, and then runs until SIGTERM or SIGINT.
 */

import { hostname } from "node:os";
import { startBoard, type Board } from "./board/board.ts";
import { realClock } from "./core/clock.ts";
import { loopback } from "./core/http.ts";
import { startJiraSandbox } from "./jira/sandbox.ts";
import { startNotionSandbox } from "./notion/sandbox.ts";
import { startPagerDutySandbox } from "./pagerduty/sandbox.ts";

const portDefault = 4_000;
const portMax = 65_533;
const boardPortDefault = 4_003;
const seedDefault = 1;

/** The variable as a whole number; ends the process with a plain message when it is none. */
function readWhole(name: string, absent: number, max: number): number {
  const text = process.env[name] ?? "";
  const value = text === "" ? absent : Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value > max) {
    fail(`${name} must be a whole number from 0 to ${max}, not "${text}"`);
  }
  return value;
}

function fail(reason: string): never {
  process.stderr.write(`sandbox: ${reason}\n`);
  process.exit(1);
}

/** The port of the `index`-th vendor; port 0 lets the system choose each. */
function portOf(first: number, index: number): number {
  return first === 0 ? 0 : first + index;
}

/** The environment with the name under which others reach this host, where it listens on all addresses. */
function reachable(environment: Record<string, string>, host: string): Record<string, string> {
  const isAnywhere = host === "0.0.0.0" || host === "::";
  const publicHost = process.env["SANDBOX_PUBLIC_HOST"] ?? (isAnywhere ? hostname() : host);
  const entries = Object.entries(environment).map(([name, value]) => {
    if (!name.endsWith("_URL")) {
      return [name, value];
    }
    return [name, `http://${publicHost}:${new URL(value).port}`];
  });
  return Object.fromEntries(entries);
}

type BoardVendors = Pick<Parameters<typeof startBoard>[0], "pagerduty" | "notion" | "jira">;

/**
 * The board, on SANDBOX_BOARD_PORT. Who chose the vendors' ports and none for the board may need the ports
 * beside them: no board then. A port that is taken costs the board, not the vendors.
 */
async function openBoard(vendors: BoardVendors, host: string): Promise<Board | undefined> {
  const isDefault = (process.env["SANDBOX_PORT"] ?? "") === "";
  const isWanted = isDefault || (process.env["SANDBOX_BOARD_PORT"] ?? "") !== "";
  const port = readWhole("SANDBOX_BOARD_PORT", boardPortDefault, portMax);
  if (!isWanted) {
    return undefined;
  }
  try {
    const board = await startBoard({ ...vendors, port, host });
    process.stderr.write(`sandbox: the board is at ${board.url}\n`);
    return board;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`sandbox: there is no board: ${reason}\n`);
    return undefined;
  }
}

async function main(): Promise<void> {
  const first = readWhole("SANDBOX_PORT", portDefault, portMax);
  const seed = readWhole("SANDBOX_SEED", seedDefault, Number.MAX_SAFE_INTEGER);
  const webhookTarget = process.env["WEBHOOK_TARGET"] ?? "http://127.0.0.1:3000";
  if (!URL.canParse(webhookTarget)) {
    fail(`WEBHOOK_TARGET must be a URL, not "${webhookTarget}"`);
  }
  const clock = realClock();
  const host = process.env["SANDBOX_HOST"] ?? loopback;
  const shared = { clock, seed, webhookTarget, host };
  const pagerduty = await startPagerDutySandbox({ ...shared, port: portOf(first, 0) });
  const notion = await startNotionSandbox({ ...shared, port: portOf(first, 1) });
  const jira = await startJiraSandbox({ ...shared, port: portOf(first, 2) });
  notion.setWebhook();
  const board = await openBoard({ pagerduty, notion, jira }, host);

  async function stop(): Promise<void> {
    await Promise.all([pagerduty.close(), notion.close(), jira.close(), board?.close()]);
    clock.close();
    process.exit(0);
  }
  process.once("SIGTERM", () => void stop());
  process.once("SIGINT", () => void stop());

  const all = { ...pagerduty.environment(), ...notion.environment(), ...jira.environment() };
  const environment = reachable(all, host);
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
  process.stdout.write(`${lines.join("")}\n`);
}

main().catch((error: unknown) => {
  fail(error instanceof Error ? error.message : String(error));
});

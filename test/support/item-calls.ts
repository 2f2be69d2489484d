/** What action items cost: the calls to Notion and Jira as their sandboxes counted them, until both are quiet. */

import { waitFor } from "./wait.ts";
import type { World } from "./world.ts";

/** Longer than any pause between the calls of one run, or between a webhook and its run. */
const quietMs = 500;

/** Gives a function that lists the calls to both vendors since now: `notion GET /v1/pages/:page_id`. */
export function watchCalls({ notion, jira }: World): () => readonly string[] {
  const before = { notion: notion.calls().calls.length, jira: jira.calls().calls.length };
  return () => [
    ...notion.calls().calls.slice(before.notion).map(said("notion")),
    ...jira.calls().calls.slice(before.jira).map(said("jira")),
  ];
}

function said(
  vendor: string,
): (call: { readonly method: string; readonly route: string }) => string {
  return ({ method, route }) => `${vendor} ${method} ${route}`;
}

/** Waits until webhooks are delivered and nobody has called either vendor for a while; gives the calls. */
export async function untilQuiet(
  world: World,
  calls: () => readonly string[],
): Promise<readonly string[]> {
  let seen = -1;
  let since = Date.now();
  return waitFor(
    "quiet at both vendors",
    () => {
      const now = calls();
      if (
        now.length !== seen ||
        world.notion.pendingWebhooks() + world.jira.pendingWebhooks() > 0
      ) {
        seen = now.length;
        since = Date.now();
      }
      return Date.now() - since >= quietMs ? now : undefined;
    },
    30_000,
  );
}

/**
 * Does something at the vendors, whose webhooks are lost, and has the item looked at once. Gives the calls of
 * that one run, without those of its echoes.
 */
export async function callsOfOneRun(
  world: World,
  row: () => string,
  act: () => void,
): Promise<readonly string[]> {
  await untilQuiet(world, watchCalls(world));
  const drops = [world.notion.faults, world.jira.faults].map((faults) => ({
    faults,
    id: faults.add({ kind: "drop-webhook" }),
  }));
  act();
  const calls = watchCalls(world);
  await reconcile(world, row());
  await waitFor("a first call", () => calls().length > 0);
  const made = await untilQuiet(world, calls);
  for (const { faults, id } of drops) {
    faults.remove(id);
  }
  return made;
}

/** As an operator does by hand; calls no vendor by itself. */
async function reconcile(world: World, row: string): Promise<void> {
  const answer = await fetch(`${world.url}/api/v1/action-items/${row}/reconcile`, {
    method: "POST",
  });
  await answer.arrayBuffer();
  if (answer.status !== 202) {
    throw new Error(`reconcile was answered ${String(answer.status)}`);
  }
}

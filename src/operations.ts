/** What an operator can ask for, carried out with the parts of the running service. */

import { setTimeout as sleep } from "node:timers/promises";
import { incidentKey, postMortemKey, resyncKey } from "./domain/keys.ts";
import { linkOf, type Link } from "./domain/link.ts";
import { explainRoute } from "./domain/route.ts";
import { readReadiness } from "./health.ts";
import { now, type Parts } from "./parts.ts";
import type { Operations } from "./receiver/operations.ts";
import { forgetDeletedPage } from "./reconcilers/recreate.ts";
import { oldestResync, resyncsOf } from "./resyncs.ts";

const auditMax = 100;
const busyTriesMax = 10;
const busyPauseMs = 200;
const deadLettersMax = 200;
/** As many as are ever kept. */
const replayedMax = 5000;

/** Takes the parts; gives the operations behind the operator's routes. */
export function operationsOf(parts: Parts): Operations {
  const { opened, queue, config } = parts;
  const { store } = opened;
  return {
    readiness: () =>
      readReadiness({
        phase: () => parts.phase,
        store,
        lastResync: () => oldestResync(parts),
        resyncEveryMs: config.timing.resyncEveryMs,
        schemaProblems: () => parts.checks.problems(),
        silentWebhooks: () => parts.arrivals.problems(),
        startedAt: parts.startedAt,
        now,
      }),
    resync: () => queue.enqueue(resyncsOf(parts).map(resyncKey)),
    reconcile: (key) => queue.enqueue([key]),
    async recreate(id) {
      function forget(): ReturnType<typeof forgetDeletedPage> {
        return forgetDeletedPage(id, config.timing.leaseMs, store, now);
      }
      let result = await forget();
      // A run that looks in vain is over in a moment: worth waiting for rather than asking a person to.
      for (let tries = 0; result === "busy" && tries < busyTriesMax; tries += 1) {
        await sleep(busyPauseMs);
        result = await forget();
      }
      if (result === "forgotten") {
        await queue.enqueue([incidentKey(id)]);
      }
      return result;
    },
    async describe(key) {
      const [link, audit] = await Promise.all([store.getLink(key), store.listAudit(key, auditMax)]);
      const route = await routeOf(link, parts);
      return link === undefined && audit.length === 0
        ? undefined
        : { key, link, audit, ...(route === undefined ? {} : { route }) };
    },
    listDeadLetters: () => queue.listDeadLetters(deadLettersMax),
    replayDeadLetter: (key) => queue.replayDeadLetter(key),
    async replayDeadLetters(code) {
      const letters = await queue.listDeadLetters(replayedMax);
      let enqueued = 0;
      for (const letter of letters.filter((each) => each.code === code)) {
        enqueued += (await queue.replayDeadLetter(letter.key)) ? 1 : 0;
      }
      return enqueued;
    },
    listQuarantine: () => store.listQuarantine(),
  };
}

/** Which route applies to what a link is about, and why; undefined while its post-mortem is not known. */
async function routeOf(
  link: Link | undefined,
  { opened, config }: Parts,
): Promise<string | undefined> {
  const page =
    linkOf("incident", link)?.page?.id ?? linkOf("action-item", link)?.counted?.postMortem;
  const stored = page === undefined ? undefined : await opened.store.getLink(postMortemKey(page));
  const facts = linkOf("post-mortem", stored)?.incident;
  return facts === undefined ? undefined : explainRoute(config.routes, facts);
}

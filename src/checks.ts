/** What is looked at at start and now and then: caches warmed, and what the vendors' sides lack, said with its fix. */

import type { Logger } from "pino";
import type { Jira } from "./clients/jira/jira.ts";
import type { Notion } from "./clients/notion/notion.ts";
import type { PagerDuty } from "./clients/pagerduty/pagerduty.ts";
import type { Route } from "./domain/route.ts";

export interface Checks {
  /** Never rejects: the service works without, and what is missing is read when it is needed. */
  run(): void;
  /** Only whether PagerDuty still sends webhooks: one call, as often as a resync. Never rejects. */
  runSubscriptions(): void;
  /** What is wrong, as last seen. */
  problems(): readonly string[];
}

/** Takes the vendors that can be checked; nothing is read before `run`. */
export function createChecks(options: {
  readonly pagerduty: Pick<PagerDuty, "checkSubscriptions">;
  /** A webhook subscription that PagerDuty disabled is enabled again. */
  readonly reenable: boolean;
  readonly notion: Notion;
  readonly jira: Jira | undefined;
  readonly routes: readonly Route[];
  readonly log: Logger;
}): Checks {
  const { pagerduty, notion, jira, routes, log } = options;
  const found = new Map<string, readonly string[]>();
  /** Said once, until it could be read again. */
  const unread = new Set<string>();

  async function check(
    what: string,
    warmUp: () => Promise<void>,
    look: () => Promise<readonly string[]>,
  ): Promise<void> {
    try {
      await warmUp();
      const problems = await look();
      const known = found.get(what) ?? [];
      found.set(what, problems);
      for (const problem of problems.filter((each) => !known.includes(each))) {
        log.warn({ problem }, `${what} is not as expected`);
      }
      unread.delete(what);
    } catch (error) {
      if (unread.has(what)) {
        return;
      }
      unread.add(what);
      log.warn({ err: error }, `${what} could not be read, it is read when it is needed`);
    }
  }

  function runSubscriptions(): void {
    void check(
      "PagerDuty",
      () => Promise.resolve(),
      () => pagerduty.checkSubscriptions(options.reenable),
    );
  }

  return {
    runSubscriptions,
    run() {
      runSubscriptions();
      void check(
        "Notion",
        () => notion.warmUp(),
        () => notion.checkSchema(),
      );
      if (jira !== undefined) {
        void check(
          "Jira",
          () => jira.warmUp(),
          () => jira.checkRoutes(routes),
        );
      }
    },
    problems: () => [...found.values()].flat(),
  };
}

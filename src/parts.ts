/** What the wiring hands around: every part of the running service. */

import type { Logger } from "pino";
import type { Arrivals } from "./arrivals.ts";
import type { Checks } from "./checks.ts";
import type { Jira } from "./clients/jira/jira.ts";
import type { Notion } from "./clients/notion/notion.ts";
import type { PagerDuty } from "./clients/pagerduty/pagerduty.ts";
import type { LiveSecrets } from "./config/live-secrets.ts";
import type { Config } from "./config.ts";
import type { Templates } from "./domain/template.ts";
import type { Phase } from "./health.ts";
import type { WorkQueue } from "./queue/queue.ts";
import type { Intake } from "./receiver/intake.ts";
import type { Metrics } from "./receiver/metrics.ts";
import type { OpenedStore } from "./store/open.ts";

/** Everything that the halves share. */
export interface Parts {
  readonly config: Config;
  readonly log: Logger;
  /** What of the configuration may change while the process runs. */
  readonly secrets: LiveSecrets;
  readonly opened: OpenedStore;
  readonly pagerduty: PagerDuty;
  readonly notion: Notion;
  /** Undefined when the Jira half is off. */
  readonly jira: Jira | undefined;
  readonly queue: WorkQueue;
  readonly templates: Templates;
  readonly metrics: Metrics;
  readonly intake: Intake;
  readonly startedAt: Date;
  readonly checks: Checks;
  readonly arrivals: Arrivals;
  phase: Phase;
}

export function now(): Date {
  return new Date();
}

/** A value that is asked for until it is known; until then there is none. */
export function knownLater<Value>(ask: () => Promise<Value>): () => Value | undefined {
  let value: Value | undefined;
  let isAsking = false;
  return () => {
    if (value === undefined && !isAsking) {
      isAsking = true;
      ask()
        .then((answer) => {
          value = answer;
          return answer;
        })
        .catch(() => undefined)
        .finally(() => {
          isAsking = false;
        });
    }
    return value;
  };
}

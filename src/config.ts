/** Environment and debrief.yaml become one Config. Reports every problem at once; reads nothing later. */

/** All times that tests shorten together. Milliseconds. */
export interface Timing {
  /** How long a create of unknown outcome may still appear at Notion: client timeout + late commit + search lag. */
  readonly notionGraceMs: number;
  readonly jiraGraceMs: number;
  readonly pagerdutyGraceMs: number;
  /** The right to write for a key; renewed at a third of it. */
  readonly leaseMs: number;
  readonly requestTimeoutMs: number;
  /** No webhook waits longer for the store. */
  readonly storeTimeoutMs: number;
  /** First and longest pause of a vendor's gate where the vendor named none. */
  readonly gateFirstMs: number;
  readonly gateMaxMs: number;
  /** Pause after a refused token: at most one probe in this time. */
  readonly unauthorizedPauseMs: number;
  readonly resyncEveryMs: number;
  /** How far back the first resync, or one after downtime, looks at least. */
  readonly resyncLookbackMs: number;
  readonly resyncOverlapMs: number;
  /** Log entries may trail their webhook: an incident is looked at again this long after its last change. */
  readonly refreshAfterMs: readonly number[];
  /** BullMQ: a job whose worker died is picked up after lockMs + 2 × stalledEveryMs at most. */
  readonly lockMs: number;
  readonly stalledEveryMs: number;
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  readonly drainMs: number;
  /** A page that has not been looked at for this long is read again even if nothing seems to have changed. */
  readonly recheckMs: number;
}

export interface Config {
  readonly role: "all" | "receiver" | "worker";
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly storeUrl: string;
  /** Prefix of every Redis key. */
  readonly redisPrefix: string;
  /** Start although Redis is not durable (AOF off, eviction on). */
  readonly allowUnsafeRedis: boolean;
  readonly concurrency: number;
  readonly ops: { readonly token?: string; readonly port?: number };
  readonly pagerduty: {
    /** Secrets that are valid for any subscription. */
    readonly webhookSecrets: readonly string[];
    /** By subscription id, from debrief.yaml; where present only these count for that subscription. */
    readonly subscriptionSecrets: Readonly<Record<string, readonly string[]>>;
    readonly apiToken: string;
    readonly apiUrl: string;
    readonly from?: string;
    readonly callsPerMinute: number;
  };
  readonly notion: {
    readonly token: string;
    readonly apiUrl: string;
    readonly postMortemsId: string;
    readonly actionItemsId: string;
    readonly callsPerMinute: number;
  };
  /** Undefined when all JIRA_ variables are unset: the Jira half is off. */
  readonly jira: { readonly callsPerMinute: number } | undefined;
  readonly priorities: readonly string[];
  readonly createOn: "triggered" | "resolved";
  readonly templatesDir: string;
  readonly scrub: { readonly enabled: boolean; readonly patterns: readonly string[] };
  readonly users: Readonly<Record<string, string>>;
  readonly timing: Timing;
}

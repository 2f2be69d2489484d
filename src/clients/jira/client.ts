/** Jira, as Debrief needs it, over jira.js: the issues of action items, their comments and links, and people (docs/vendors/jira.md). */

import type { VendorGate } from "../../domain/gate.ts";
import { asLive, type LiveSecret } from "../../domain/live-secret.ts";
import { createHttp, type OpenHttp } from "../http.ts";
import { canonicalText } from "./adf-text.ts";
import { toAdf } from "./adf.ts";
import { createCaller } from "./call.ts";
import { createCommentsApi } from "./comments-api.ts";
import { summaryOf } from "./issue-fields.ts";
import { createIssuesApi } from "./issues-api.ts";
import type { Jira, JiraLog } from "./jira.ts";
import { createRoutesCheck } from "./routes-check.ts";
import { createSearchApi } from "./search-api.ts";
import { createSite } from "./site.ts";
import { createUsers } from "./users.ts";

export interface JiraOptions {
  /** The site, or the gateway with its path: `https://api.atlassian.com/ex/jira/<cloudId>`. */
  readonly url: string;
  readonly email: string;
  readonly apiToken: string | LiveSecret<string>;
  readonly requestTimeoutMs: number;
  /** How long nobody asks again after the token was refused. */
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  readonly log: JiraLog;
  readonly now: () => Date;
  /** What requests leave by; absent: connections of its own. */
  readonly openHttp?: OpenHttp;
}

/** A page of 100 issues with descriptions of the longest kind has some 10 MB. */
const responseBytesMax = 32 * 1024 * 1024;

/** Opens the client; disposing closes its connections. Nothing is sent before the first call. */
export function createJira(options: JiraOptions): Jira {
  const { url, requestTimeoutMs, log, now } = options;
  const headers = { accept: "application/json", "user-agent": "debrief" };
  const http = (options.openHttp ?? createHttp)({
    vendor: "Jira",
    apiUrl: url,
    headers,
    requestTimeoutMs,
    responseBytesMax,
  });
  const caller = createCaller({ ...options, http, token: asLive(options.apiToken) });
  const site = createSite(caller, now);
  const issues = createIssuesApi(caller);
  const routes = createRoutesCheck({ caller, listPriorities: site.listPriorities }, now);
  return {
    ...site,
    ...issues,
    ...createCommentsApi(caller, issues.findIssue),
    ...createSearchApi(caller),
    ...createUsers(caller, log, now),
    summaryOf,
    textOf: (document) => canonicalText(toAdf(document)),
    checkRoutes: (wanted) => routes.check(wanted),
    async warmUp() {
      await caller.ensureSignedIn();
      await site.siteUrl();
      await site.listPriorities();
    },
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
    },
  };
}

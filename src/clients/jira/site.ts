/** What is true of the whole site: where it is, and its priorities. */

import type { JiraNamed } from "../../domain/action-item.ts";
import { TerminalError } from "../../domain/errors.ts";
import type { Caller } from "./call.ts";
import type { Jira } from "./jira.ts";
import { keep } from "./kept.ts";
import { Priorities, ServerInfo } from "./schema.ts";
import { getServerInfo, searchPriorities } from "./sdk.ts";

export type SiteApi = Pick<Jira, "siteUrl" | "listPriorities">;

const siteUrlForMs = 24 * 3_600_000;
const prioritiesForMs = 60 * 60_000;
const prioritiesPerPage = 50;
const priorityPagesMax = 10;

/** Takes what calls Jira; gives what is kept of its site. */
export function createSite(caller: Caller, now: () => Date): SiteApi {
  const siteUrl = keep(() => readSiteUrl(caller), { now, max: 1, lastsMs: () => siteUrlForMs });
  const priorities = keep(() => readPriorities(caller), {
    now,
    max: 1,
    lastsMs: () => prioritiesForMs,
  });
  return { siteUrl: () => siteUrl(""), listPriorities: () => priorities("") };
}

async function readSiteUrl(caller: Caller): Promise<string> {
  const what = "read the site's address";
  const { baseUrl } = await caller.call({ what, kind: "read" }, getServerInfo, ServerInfo);
  if (!/^https?:\/\/[^\s]+$/i.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new Error(`could not ${what}: Jira's answer holds no address`);
  }
  return baseUrl.replace(/\/+$/, "");
}

async function readPriorities(caller: Caller): Promise<readonly JiraNamed[]> {
  const what = "list the site's priorities";
  const found: JiraNamed[] = [];
  for (let page = 0; page < priorityPagesMax; page += 1) {
    const startAt = String(found.length);
    const maxResults = String(prioritiesPerPage);
    const { values, isLast } = await caller.call(
      { what, kind: "read" },
      (sdk) => searchPriorities(sdk, { startAt, maxResults }),
      Priorities,
    );
    found.push(...values);
    if (isLast !== false || values.length === 0) {
      return found;
    }
  }
  throw new TerminalError(
    "JIRA_LISTING_TOO_LONG",
    `could not ${what}: more than ${prioritiesPerPage * priorityPagesMax}`,
  );
}

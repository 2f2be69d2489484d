/** What a person pasted into a row's Jira property: an issue of our site, of another, or neither. */

/** A host that is not our site's; its issues are never touched. */
export interface ForeignReference {
  readonly foreignHost: string;
}

const lengthMax = 2000;
const keyForm = /^[A-Z][A-Z0-9_]{0,99}-[1-9][0-9]{0,14}$/;
const pathForm = /\/(?:browse|issues)\/([^/]+)/i;

/**
 * Takes untrusted text and our site's address; gives the key of the issue that it names, in capitals: a key
 * alone, an address of an issue (`/browse/OPS-1`, `/issues/OPS-1`) or of a board with a selected issue. An
 * address of another host is told as such; undefined means that no issue is named.
 */
export function parseIssueReference(
  text: string,
  siteUrl: string,
): string | ForeignReference | undefined {
  const given = text.trim();
  if (given === "" || given.length > lengthMax) {
    return undefined;
  }
  const key = parseIssueKey(given);
  if (key !== undefined) {
    return key;
  }
  const url = parseUrl(given);
  const site = parseUrl(siteUrl);
  if (url === undefined || site === undefined) {
    return undefined;
  }
  return url.host === site.host
    ? keyIn(url, site.pathname.replace(/\/+$/, ""))
    : { foreignHost: url.host };
}

/** The project of an issue key: `OPS` of `OPS-12`. */
export function projectOfKey(key: string): string {
  return key.slice(0, key.lastIndexOf("-"));
}

function keyIn(url: URL, sitePath: string): string | undefined {
  if (!`${url.pathname}/`.startsWith(`${sitePath}/`)) {
    return undefined;
  }
  const inPath = pathForm.exec(url.pathname.slice(sitePath.length))?.[1];
  // The issue that a board shows in front stands over the page behind it.
  const selected = url.searchParams.get("selectedIssue");
  return parseIssueKey(selected ?? "") ?? parseIssueKey(inPath ?? "");
}

function parseIssueKey(raw: string): string | undefined {
  const key = raw.trim().toUpperCase();
  return keyForm.test(key) ? key : undefined;
}

/** People also paste addresses without their scheme. */
function parseUrl(raw: string): URL | undefined {
  const full = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\//i.test(raw) ? `https://${raw}` : raw;
  if (!/^https?:\/\//i.test(full)) {
    return undefined;
  }
  return URL.parse(full) ?? undefined;
}

/** Remote links from the issue to the post-mortem and the incident, so that a person in Jira finds the way back. */

import type { Item, PairedRun } from "./item-run.ts";

/**
 * Upserts, written again only when where they lead has changed. An issue is as good without one: what Jira refuses
 * is left out.
 */
export async function linkIssue(run: PairedRun, { postMortem }: Item): Promise<void> {
  const { link, jira } = run;
  if (link.issue === undefined || postMortem === undefined) {
    return;
  }
  const { id } = link.issue;
  const { name, pageUrl, url } = postMortem;
  const marker = `${pageUrl} ${url}`;
  if (link.linked === marker) {
    return;
  }
  const targets = [
    { to: "page", url: pageUrl, title: `Post-mortem: ${name}`, relationship: "action item of" },
    { to: "incident", url, title: `Incident: ${name}`, relationship: "caused by" },
  ].filter((target) => isAddress(target.url));
  for (const { to, ...target } of targets) {
    const isLinked = await jira.putRemoteLink(id, {
      globalId: `debrief:${run.id}:${to}`,
      ...target,
    });
    if (!isLinked) {
      run.deps.log.warn({ reason: "LinkRefused", issue: link.issue.key, to }, "no link at Jira");
    }
  }
  await run.save({ linked: marker });
  await run.audit("jira", "link.put", "LinkAbsent", { issue: link.issue.key });
}

/** What people typed into the page's Incident may be anything, and Jira refuses all but addresses. */
function isAddress(url: string): boolean {
  return /^https?:\/\/\S+$/i.test(url) && URL.canParse(url);
}

/** What the store remembers across keys, so that an action item finds its incident and an issue its row without asking a vendor. */

import { fingerprint } from "../domain/fingerprint.ts";
import { issueKey, postMortemKey, type IssueId, type Key, type PageId } from "../domain/keys.ts";
import { linkOf, type Link, type PostMortemLink } from "../domain/link.ts";
import type { LeaseStore } from "./lease.ts";
import type { Store } from "../store/store.ts";

export interface IndexDeps {
  readonly store: LeaseStore & Pick<Store, "getLink">;
  readonly settings: { readonly timing: { readonly leaseMs: number } };
}

export type PostMortemFacts = NonNullable<PostMortemLink["incident"]>;

/** Takes a page and its incident as it is now; remembers it where it differs from what is known. */
export async function rememberPostMortem(
  page: PageId,
  deps: IndexDeps,
  incident: PostMortemFacts,
): Promise<void> {
  const known = linkOf("post-mortem", await deps.store.getLink(postMortemKey(page)));
  if (fingerprint(known?.incident) !== fingerprint(incident)) {
    await putQuietly(postMortemKey(page), deps, async () => {
      const now = linkOf("post-mortem", await deps.store.getLink(postMortemKey(page)));
      return { ...now, kind: "post-mortem", incident };
    });
  }
}

/** Takes an issue and the row that it belongs to. */
export async function rememberIssue(issue: IssueId, row: PageId, deps: IndexDeps): Promise<void> {
  const known = linkOf("issue", await deps.store.getLink(issueKey(issue)));
  if (known?.row !== row) {
    await putQuietly(issueKey(issue), deps, () => Promise.resolve({ kind: "issue", row }));
  }
}

/** While somebody else holds the key this is left out: it saves a read, and the next run does it again. */
async function putQuietly(key: Key, deps: IndexDeps, make: () => Promise<Link>): Promise<void> {
  const { store, settings } = deps;
  const lease = await store.acquireLease(key, settings.timing.leaseMs);
  if ("token" in lease) {
    await store.putLink(lease, await make());
    await store.releaseLease(lease);
  }
}

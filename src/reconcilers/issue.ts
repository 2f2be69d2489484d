/** An issue that something happened to, told by a webhook without our label: leads to its row, if it is one of ours. */

import { actionItemKey, issueKey, type IssueId, type Key } from "../domain/keys.ts";
import { linkOf } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Store } from "../store/store.ts";

export interface IssueDeps {
  readonly store: Pick<Store, "getLink">;
  enqueue(keys: readonly Key[]): Promise<void>;
}

/** Asks no vendor: most issues of a project are not ours, and the resync finds those of ours that are unknown here. */
export async function reconcileIssue(id: IssueId, deps: IssueDeps): Promise<Outcome> {
  const link = linkOf("issue", await deps.store.getLink(issueKey(id)));
  if (link !== undefined) {
    await deps.enqueue([actionItemKey(link.row)]);
  }
  return "converged";
}

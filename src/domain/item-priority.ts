/** Which of Jira's priorities a row's priority stands for, by the route's list. */

import type { JiraNamed } from "./action-item.ts";
import { isNamed } from "./item-status.ts";
import type { JiraRoute } from "./route.ts";
import { foldedName } from "./status-name.ts";

/** Takes a row's priority and the site's priorities; gives the id of the first one mapped that the site has. */
export function priorityIdOf(
  name: string | undefined,
  mapping: JiraRoute["priorities"],
  known: readonly JiraNamed[],
): string | undefined {
  const wanted = Object.entries(mapping).find(
    ([option]) => name !== undefined && foldedName(option) === foldedName(name),
  )?.[1];
  return (wanted ?? []).flatMap((each) => known.find((one) => isNamed(one, each))?.id ?? [])[0];
}

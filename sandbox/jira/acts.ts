/**
 * Acting as people: what the team does in Jira, what its administrators change, and what automation and
 * other apps do. The same acts are a function in this process and `POST /_sandbox/act`.
 */

import { z } from "zod";
import { actOnIssue, createByHand, issueActs, type ActOnIssue } from "./acts-issue.ts";
import { actOnSite, siteActs } from "./acts-site.ts";
import { getUser } from "./find.ts";
import type { Issue, User, World } from "./model.ts";

/** Everything that can be done, by its `do`. */
const Act = z.discriminatedUnion("do", [...issueActs, ...siteActs]);
type Act = z.infer<typeof Act>;

/** What a caller writes: the defaults may be left out. */
export type ActInput = z.input<typeof Act>;

/** The issue that it was about, as it is called now; a comment that was made. */
export interface ActResult {
  readonly id?: string;
  readonly key?: string;
  readonly commentId?: string;
}

/** Parses and does one act. A ZodError, or a RangeError when there is no such thing or way. */
export function act(world: World, input: unknown): ActResult {
  const parsed = Act.parse(input);
  if (parsed.do === "createIssue") {
    return about(createByHand(world, actorOf(world, parsed.by), parsed));
  }
  if (isOnIssue(parsed)) {
    const { issue, commentId } = actOnIssue(world, actorOf(world, parsed.by), parsed);
    return { ...about(issue), ...(commentId === undefined ? {} : { commentId }) };
  }
  actOnSite(world, parsed);
  return {};
}

function isOnIssue(parsed: Exclude<Act, { do: "createIssue" }>): parsed is ActOnIssue {
  return parsed.do !== "hide" && parsed.do !== "show" && "issue" in parsed;
}

function about({ id, state }: Issue): ActResult {
  return { id, key: state.key };
}

/** Absent: the first person of the site who is neither the program under test nor an app. */
function actorOf(world: World, who: string | undefined): User {
  const people = [...world.users.values()].filter(
    (one) => one.accountType === "atlassian" && one !== world.bot && one.active,
  );
  return who === undefined ? (people[0] ?? world.automation) : getUser(world, who);
}

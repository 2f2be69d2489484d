/** Who is who on the other side: by e-mail, by the overrides of debrief.yaml, and never by a guess. */

import type { ActionItemRow, Issue, JiraUser } from "../domain/action-item.ts";
import { accountId, type AccountId, type NotionUserId } from "../domain/keys.ts";
import type { ItemPeople } from "../domain/merge-plan.ts";
import type { PairedRun } from "./item-run.ts";

type Account = AccountId | { readonly why: string };

/** Takes the row, the project, and the issue where there is one; gives its people on both sides. */
export async function lookUpPeople(
  run: PairedRun,
  row: ActionItemRow,
  project: string,
  issue?: Issue,
): Promise<ItemPeople> {
  const accounts = new Map<NotionUserId, Account>();
  const names = new Map<NotionUserId, string>();
  for (const owner of row.owners) {
    const email = await run.deps.notion.findEmail(owner);
    names.set(owner, email ?? "a person without an e-mail address in Notion");
    accounts.set(owner, await findAccount(run, email, { project, assignee: issue?.assignee }));
  }
  const assignee =
    issue?.assignee === undefined ? undefined : await findNotionUser(run, issue.assignee, accounts);
  return { accounts, names, assignee };
}

async function findAccount(
  { jira, deps }: PairedRun,
  email: string | undefined,
  { project, assignee }: { readonly project: string; readonly assignee: JiraUser | undefined },
): Promise<Account> {
  if (email === undefined) {
    return { why: "Notion shows no e-mail address" };
  }
  const user = await findJiraUser(email, jira, deps.settings.jiraUsers);
  if (user === undefined) {
    return { why: "no user found by e-mail" };
  }
  if (user.accountId === assignee?.accountId) {
    return user.accountId;
  }
  if (!user.active) {
    return { why: "the account is deactivated" };
  }
  return (await jira.isAssignable(project, user.accountId))
    ? user.accountId
    : { why: `can't be assigned in ${project}` };
}

function findJiraUser(
  email: string,
  jira: PairedRun["jira"],
  jiraUsers: Readonly<Record<string, string>>,
): Promise<JiraUser | undefined> {
  const mapped = jiraUsers[email] ?? email;
  return mapped.includes("@") ? jira.findUserByEmail(mapped) : jira.findUser(accountId(mapped));
}

/**
 * Issues come without addresses, and Jira may hide them altogether: then who has the same name is asked for,
 * and the address decides.
 */
async function findNotionUser(
  { jira, deps }: PairedRun,
  assignee: JiraUser,
  accounts: ReadonlyMap<NotionUserId, Account>,
): Promise<NotionUserId | undefined> {
  const { notion, settings } = deps;
  const owner = [...accounts].find(([, account]) => account === assignee.accountId)?.[0];
  if (owner !== undefined) {
    return owner;
  }
  const shown = assignee.email ?? (await jira.findUser(assignee.accountId))?.email;
  const mapped = Object.entries(settings.jiraUsers).find(([, to]) =>
    to.includes("@") ? to.toLowerCase() === shown : to === assignee.accountId,
  )?.[0];
  const email = mapped ?? shown;
  if (email !== undefined) {
    return notion.findUserByEmail(email);
  }
  for (const candidate of await notion.findUsersByName(assignee.name)) {
    const address = await notion.findEmail(candidate);
    const user =
      address === undefined ? undefined : await findJiraUser(address, jira, settings.jiraUsers);
    if (user?.accountId === assignee.accountId) {
      return candidate;
    }
  }
  return undefined;
}

/** What administrators do to the site: permissions, people, workflows, screens, and rules of automation. */

import { z } from "zod";
import { getCustomField, getIssue, getProject, getStatus, getUser, missing } from "./find.ts";
import type { AutomationRule, Project, Status, Transition, World } from "./model.ts";
import { hideIssue, renameProjectKey, showIssue } from "./world.ts";

const name = z.string().min(1);
/** By id or key. */
const project = name;
/** By id or name. */
const status = name;
/** By id or name, in the workflow of the project. */
const transition = name;
/** A system field's id, such as "priority", or a custom field by id or name. */
const field = name;
/** Absent: the program under test. */
const from = name.optional();

const projectPermissions = [
  "BROWSE_PROJECTS",
  "CREATE_ISSUES",
  "EDIT_ISSUES",
  "TRANSITION_ISSUES",
  "ASSIGN_ISSUES",
  "ASSIGNABLE_USER",
  "LINK_ISSUES",
  "ADD_COMMENTS",
  "DELETE_ISSUES",
  "MODIFY_REPORTER",
  "ADMINISTER_PROJECTS",
] as const;
const ProjectPermission = z.enum(projectPermissions);
const Permission = z.enum([...projectPermissions, "USER_PICKER", "ADMINISTER"]);

const Screen = z.array(z.object({ field, required: z.boolean().default(true) }));
const Validator = z.object({
  needs: z.enum(["assignee", "duedate", "description", "comment", "impossible"]),
  message: name,
});

const Sight = { issue: name.optional(), project: project.optional(), from };

export const siteActs = [
  /** An issue or a whole project vanishes: 404 from then on, though it is still there. */
  z.object({ do: z.literal("hide"), ...Sight }),
  z.object({ do: z.literal("show"), ...Sight }),
  /** Without a project: the permission of the whole site. */
  z.object({ do: z.literal("deny"), permission: Permission, project: project.optional(), from }),
  z.object({ do: z.literal("grant"), permission: Permission, project: project.optional(), from }),
  z.object({ do: z.literal("deactivateUser"), user: name }),
  z.object({ do: z.literal("reactivateUser"), user: name }),
  /** Every token of the account is unknown from then on. */
  z.object({ do: z.literal("revokeToken"), from }),
  z.object({ do: z.literal("addToken"), token: name, user: from }),
  z.object({ do: z.literal("renameStatus"), status, to: name, project: project.optional() }),
  z.object({
    do: z.literal("renameProjectKey"),
    project,
    key: z.string().regex(/^[A-Z][A-Z0-9_]+$/u),
  }),
  z.object({
    do: z.literal("addTransition"),
    project,
    name,
    /** Absent: from every status. */
    from: z.array(status).optional(),
    to: status,
    screen: Screen.default([]),
    validator: Validator.optional(),
  }),
  z.object({ do: z.literal("removeTransition"), project, transition }),
  /** The fields of its screen, in place of those that it had. */
  z.object({ do: z.literal("setTransitionScreen"), project, transition, screen: Screen }),
  /** Null takes it away. */
  z.object({ do: z.literal("setValidator"), project, transition, validator: Validator.nullable() }),
  z.object({ do: z.literal("requireField"), project, field, required: z.boolean().default(true) }),
  z.object({
    do: z.literal("removeFieldFromScreen"),
    project,
    field,
    screen: z.enum(["create", "edit", "both"]).default("both"),
  }),
  z.object({
    do: z.literal("addFieldToScreen"),
    project,
    field,
    screen: z.enum(["create", "edit", "both"]).default("both"),
  }),
  z.object({
    do: z.literal("disableOption"),
    field,
    option: name,
    disabled: z.boolean().default(true),
  }),
  /** A rule: what automation does when an issue enters a status, or when one is created. */
  z.object({
    do: z.literal("automate"),
    project: project.optional(),
    on: z.union([z.literal("created"), z.object({ status })]),
    delayMs: z.number().nonnegative().default(0),
    /** Null takes the assignee away. */
    assign: name.nullable().optional(),
    transition: status.optional(),
    addLabel: name.optional(),
    comment: name.optional(),
  }),
  /** Takes all rules away. */
  z.object({ do: z.literal("stopAutomation") }),
] as const;

type SiteAct = z.infer<(typeof siteActs)[number]>;
type ActOf<Name extends SiteAct["do"]> = Extract<SiteAct, { do: Name }>;

/** Does one act to the site. A RangeError when it names what is not there. */
export function actOnSite(world: World, one: SiteAct): void {
  switch (one.do) {
    case "hide":
    case "show":
    case "deny":
    case "grant":
      changePermission(world, one);
      break;
    case "deactivateUser":
    case "reactivateUser":
      getUser(world, one.user).active = one.do === "reactivateUser";
      break;
    case "revokeToken":
    case "addToken":
      changeToken(world, one);
      break;
    case "renameStatus":
      statusIn(world, one.project, one.status).name = one.to;
      break;
    case "renameProjectKey":
      renameProjectKey(world, getProject(world, one.project), one.key);
      break;
    case "addTransition":
    case "removeTransition":
    case "setTransitionScreen":
    case "setValidator":
      changeWorkflow(world, one);
      break;
    case "requireField":
    case "removeFieldFromScreen":
    case "addFieldToScreen":
      changeScreens(world, one);
      break;
    case "disableOption": {
      const { options } = getCustomField(world, one.field);
      const found = options.find(({ id, value }) => [id, value].includes(one.option));
      (found ?? missing("option", one.option)).disabled = one.disabled;
      break;
    }
    case "automate":
      world.automations.push(ruleOf(world, one));
      break;
    case "stopAutomation":
      world.automations.length = 0;
      break;
  }
}

function changePermission(world: World, one: ActOf<"hide" | "show" | "deny" | "grant">): void {
  const user = one.from === undefined ? world.bot : getUser(world, one.from);
  const takes = one.do === "hide" || one.do === "deny";
  if ("permission" in one) {
    const { permission } = one;
    const ofProject = ProjectPermission.safeParse(permission);
    if (ofProject.success) {
      const concerned =
        one.project === undefined ? [...world.projects.values()] : [getProject(world, one.project)];
      for (const { denied } of concerned) {
        setDenied(denied, ofProject.data, { accountId: user.accountId, takes });
      }
    } else if (permission === "USER_PICKER" || permission === "ADMINISTER") {
      setDenied(world.denied, permission, { accountId: user.accountId, takes });
    }
    return;
  }
  if (one.issue !== undefined) {
    (takes ? hideIssue : showIssue)(getIssue(world, one.issue), user);
  }
  if (one.project !== undefined) {
    const { denied } = getProject(world, one.project);
    setDenied(denied, "BROWSE_PROJECTS", { accountId: user.accountId, takes });
  }
  if (one.issue === undefined && one.project === undefined) {
    throw new RangeError(`"${one.do}" needs an issue or a project`);
  }
}

function setDenied<Kind>(
  denied: Map<Kind, Set<string>>,
  permission: Kind,
  { accountId, takes }: { readonly accountId: string; readonly takes: boolean },
): void {
  const who = denied.get(permission) ?? new Set();
  denied.set(permission, who);
  if (takes) {
    who.add(accountId);
  } else {
    who.delete(accountId);
  }
}

function changeToken(world: World, one: ActOf<"revokeToken" | "addToken">): void {
  const who = one.do === "addToken" ? one.user : one.from;
  const { accountId } = who === undefined ? world.bot : getUser(world, who);
  if (one.do === "addToken") {
    world.tokens.set(one.token, accountId);
    return;
  }
  for (const [token, owner] of world.tokens) {
    if (owner === accountId) {
      world.tokens.delete(token);
    }
  }
}

/** A status by id or name; of several with one name, that of the project. */
function statusIn(world: World, projectName: string | undefined, said: string): Status {
  const all = [...world.statuses.values()].filter(({ id, name: called }) =>
    [id, called].includes(said),
  );
  const ids = projectName === undefined ? [] : getProject(world, projectName).workflow.statusIds;
  return all.find(({ id }) => ids.includes(id)) ?? all[0] ?? missing("status", said);
}

function transitionIn({ workflow }: Project, said: string): Transition {
  const found = workflow.transitions.find(({ id, name: called }) => [id, called].includes(said));
  return found ?? missing("transition", said);
}

function changeWorkflow(
  world: World,
  one: ActOf<"addTransition" | "removeTransition" | "setTransitionScreen" | "setValidator">,
): void {
  const inProject = getProject(world, one.project);
  const { workflow } = inProject;
  if (one.do === "addTransition") {
    workflow.transitions.push(newTransition(world, inProject, one));
    return;
  }
  const found = transitionIn(inProject, one.transition);
  switch (one.do) {
    case "removeTransition":
      workflow.transitions = workflow.transitions.filter((other) => other !== found);
      break;
    case "setTransitionScreen":
      found.screen = screenOf(world, one.screen);
      break;
    case "setValidator":
      if (one.validator === null) {
        delete found.validator;
      } else {
        found.validator = one.validator;
      }
      break;
  }
}

function newTransition(world: World, inProject: Project, one: ActOf<"addTransition">): Transition {
  const { workflow } = inProject;
  const to = statusIn(world, one.project, one.to);
  const lastId = Math.max(0, ...workflow.transitions.map(({ id }) => Number(id)));
  if (!workflow.statusIds.includes(to.id)) {
    workflow.statusIds.push(to.id);
  }
  return {
    id: String(lastId + 10),
    name: one.name,
    from: one.from?.map((said) => statusIn(world, one.project, said).id) ?? "any",
    toStatusId: getStatus(world, to.id).id,
    screen: screenOf(world, one.screen),
    isAvailable: true,
    ...(one.validator === undefined ? {} : { validator: one.validator }),
  };
}

function screenOf(world: World, said: z.infer<typeof Screen>): Transition["screen"] {
  return said.map((one) => ({ fieldId: fieldIdOf(world, one.field), required: one.required }));
}

const systemFields = new Set(
  `summary description environment issuetype priority labels duedate assignee reporter parent
  components resolution comment`.split(/\s+/u),
);

function fieldIdOf(world: World, said: string): string {
  return systemFields.has(said) ? said : getCustomField(world, said).id;
}

function changeScreens(
  world: World,
  one: ActOf<"requireField" | "removeFieldFromScreen" | "addFieldToScreen">,
): void {
  const { createScreen, editScreen, required } = getProject(world, one.project);
  const id = fieldIdOf(world, one.field);
  if (one.do === "requireField") {
    if (one.required) {
      required.add(id);
      createScreen.add(id);
    } else {
      required.delete(id);
    }
    return;
  }
  const screens = [
    ...(one.screen === "edit" ? [] : [createScreen]),
    ...(one.screen === "create" ? [] : [editScreen]),
  ];
  for (const screen of screens) {
    if (one.do === "addFieldToScreen") {
      screen.add(id);
    } else {
      screen.delete(id);
    }
  }
}

function ruleOf(world: World, one: ActOf<"automate">): AutomationRule {
  const { assign, addLabel, comment } = one;
  const assignee =
    assign === null || assign === undefined ? assign : getUser(world, assign).accountId;
  return {
    on:
      one.on === "created" ? one.on : { statusId: statusIn(world, one.project, one.on.status).id },
    delayMs: one.delayMs,
    ...(one.project === undefined ? {} : { projectId: getProject(world, one.project).id }),
    ...(assignee === undefined ? {} : { assignTo: assignee }),
    ...(one.transition === undefined
      ? {}
      : { transitionTo: statusIn(world, one.project, one.transition).id }),
    ...(addLabel === undefined ? {} : { addLabel }),
    ...(comment === undefined ? {} : { comment }),
  };
}

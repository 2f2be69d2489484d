/** What the create, edit and transition screens say about their fields. */

import { may } from "./find.ts";
import type { CustomField, Fields, IssueType, Project, User, World } from "./model.ts";
import {
  renderIssueType,
  renderPriority,
  renderProject,
  renderResolution,
  selfBase,
  type Rendering,
} from "./render.ts";

/** A project, one of its issue types, and for whom it is told. */
export interface MetaScope {
  readonly project: Project;
  readonly type: IssueType | undefined;
  readonly user: User | undefined;
}

interface SystemField {
  readonly name: string;
  readonly schema: Fields;
  readonly operations: readonly string[];
}

const set = ["set"];
const list = ["add", "set", "remove"];

function system(name: string, type: string, id: string, operations = set): SystemField {
  return { name, schema: { type, system: id }, operations };
}

/** The system fields of the stand-in by id, in the order in which they are listed. */
export const systemFields: Readonly<Record<string, SystemField>> = {
  issuetype: system("Issue Type", "issuetype", "issuetype", []),
  project: system("Project", "project", "project"),
  summary: system("Summary", "string", "summary"),
  parent: { name: "Parent", schema: { type: "issuelink", system: "parent" }, operations: set },
  description: system("Description", "string", "description"),
  environment: system("Environment", "string", "environment"),
  priority: system("Priority", "priority", "priority"),
  labels: {
    name: "Labels",
    schema: { type: "array", items: "string", system: "labels" },
    operations: list,
  },
  components: {
    name: "Components",
    schema: { type: "array", items: "component", system: "components" },
    operations: list,
  },
  duedate: system("Due date", "date", "duedate"),
  assignee: system("Assignee", "user", "assignee"),
  reporter: system("Reporter", "user", "reporter"),
  resolution: system("Resolution", "resolution", "resolution"),
};

/** The name that people see; the id itself where the field is unknown. */
export function fieldName(world: World, fieldId: string): string {
  return systemFields[fieldId]?.name ?? world.customFields.get(fieldId)?.name ?? fieldId;
}

/** Whether the caller may set the field at all: assignee and reporter need permissions of their own. */
export function maySet(user: User | undefined, fieldId: string, project: Project): boolean {
  switch (fieldId) {
    case "assignee":
      return may(user, "ASSIGN_ISSUES", project);
    case "reporter":
      return may(user, "MODIFY_REPORTER", project);
    default:
      return true;
  }
}

/** The fields of a screen that the caller may set, in Jira's order. */
export function fieldsOfScreen(
  world: World,
  screen: ReadonlySet<string>,
  { project, user }: MetaScope,
): readonly string[] {
  const ids = [...Object.keys(systemFields), ...world.customFields.keys()];
  return ids.filter((id) => screen.has(id) && maySet(user, id, project));
}

/** One field as `createmeta`, `editmeta` and `transitions` list it. */
export function fieldMeta(
  rendering: Rendering,
  fieldId: string,
  scope: MetaScope,
  required: boolean,
): Fields {
  const { world } = rendering;
  const custom = world.customFields.get(fieldId);
  const { name, schema, operations } = systemFields[fieldId] ?? {
    name: custom?.name ?? fieldId,
    schema: customSchema(custom),
    operations: set,
  };
  const allowedValues = allowedValuesOf(rendering, fieldId, scope);
  const preset = scope.project.defaults.get(fieldId);
  const auto = { autoCompleteUrl: `${selfBase(rendering)}/user/assignable/search?project=&query=` };
  return {
    required,
    schema,
    name,
    key: fieldId,
    fieldId,
    ...(fieldId === "assignee" || fieldId === "reporter" ? auto : {}),
    hasDefaultValue: preset !== undefined,
    operations,
    ...(allowedValues === undefined ? {} : { allowedValues }),
    ...(preset === undefined ? {} : { defaultValue: presetValue(allowedValues, preset) }),
  };
}

function presetValue(allowed: readonly Fields[] | undefined, preset: unknown): unknown {
  return allowed?.find((one) => one["id"] === preset) ?? preset;
}

function customSchema(field: CustomField | undefined): Fields {
  const types = {
    select: ["option", "select"],
    text: ["string", "textfield"],
    paragraph: ["string", "textarea"],
    number: ["number", "float"],
    date: ["date", "datepicker"],
  } as const;
  const [type, kind] = types[field?.type ?? "text"];
  return {
    type,
    custom: `com.atlassian.jira.plugin.system.customfieldtypes:${kind}`,
    customId: Number(field?.id.split("_").at(-1)),
  };
}

/** A field of the site as GET /field lists it. */
export function fieldEntry(world: World, fieldId: string): Fields {
  const custom = world.customFields.get(fieldId);
  const isCustom = custom !== undefined;
  const name = fieldName(world, fieldId);
  return {
    id: fieldId,
    key: fieldId,
    name,
    custom: isCustom,
    orderable: true,
    navigable: true,
    searchable: true,
    clauseNames: isCustom ? [`cf[${fieldId.split("_").at(-1) ?? ""}]`, name] : [fieldId],
    schema: isCustom ? customSchema(custom) : (systemFields[fieldId]?.schema ?? {}),
  };
}

/** Disabled options are left out. */
function allowedValuesOf(
  rendering: Rendering,
  fieldId: string,
  { project, type }: MetaScope,
): readonly Fields[] | undefined {
  const { world } = rendering;
  const base = selfBase(rendering);
  switch (fieldId) {
    case "issuetype":
      return type === undefined ? [] : [renderIssueType(rendering, type, project)];
    case "project":
      return [renderProject(rendering, project)];
    case "priority":
      return world.priorities.map((one) => renderPriority(rendering, one));
    case "resolution":
      return world.resolutions.map((one) => renderResolution(rendering, one));
    case "components":
      return project.components.map(({ id, name }) => ({
        self: `${base}/component/${id}`,
        id,
        name,
      }));
    default:
      break;
  }
  const custom = world.customFields.get(fieldId);
  return custom?.type === "select"
    ? custom.options
        .filter(({ disabled }) => !disabled)
        .map(({ id, value }) => ({ self: `${base}/customFieldOption/${id}`, value, id }))
    : undefined;
}

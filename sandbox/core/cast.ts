/** The people of Acme, the company that every sandbox plays. The e-mail address joins the vendors. */

export interface Person {
  readonly name: string;
  readonly email: string;
  /** How Notion shows this person: a member, a member whose address is hidden, or an unlisted guest. */
  readonly inNotion: "member" | "hidden email" | "guest";
  /** How Jira has this person; who is not assignable lacks that permission in the project OPS. */
  readonly inJira: "admin" | "member" | "hidden email" | "not assignable" | "deactivated";
}

export const cast = [
  { name: "Ada Okafor", email: "ada.okafor@acme.example", inNotion: "member", inJira: "admin" },
  {
    name: "Ben Lindqvist",
    email: "ben.lindqvist@acme.example",
    inNotion: "member",
    inJira: "member",
  },
  {
    name: "Chloe Tanaka",
    email: "chloe.tanaka@acme.example",
    inNotion: "member",
    inJira: "member",
  },
  {
    name: "Diego Marchetti",
    email: "diego.marchetti@acme.example",
    inNotion: "member",
    inJira: "hidden email",
  },
  { name: "Esra Yilmaz", email: "esra.yilmaz@acme.example", inNotion: "member", inJira: "member" },
  {
    name: "Farid Haddad",
    email: "farid.haddad@acme.example",
    inNotion: "member",
    inJira: "not assignable",
  },
  {
    name: "Grace Nwosu",
    email: "grace.nwosu@acme.example",
    inNotion: "hidden email",
    inJira: "member",
  },
  {
    name: "Henrik Vos",
    email: "henrik.vos@acme.example",
    inNotion: "guest",
    inJira: "deactivated",
  },
] as const satisfies readonly Person[];

import * as z from "zod";
import { attributeList } from "../attributes.ts";
import { groupsOf } from "../groups.ts";
import type { Pool } from "../pool.ts";
import type { Group } from "../users.ts";
import { onPool, onUser, poolInput, userInput, userSummary } from "./admin-input.ts";
import type { ApiError, ApiOutcome } from "./errors.ts";
import { pageInput, pageOf } from "./list-users.ts";
import type { Operation } from "./operation.ts";

const MAX_GROUPS_PER_USER = 100;
const groupName = z.string().regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u);
const groupInput = { ...poolInput, GroupName: groupName };
const createInput = z.object({
  ...groupInput,
  Description: z.string().max(2048).optional(),
  Precedence: z.int().min(0).optional(),
  RoleArn: z
    .string()
    .regex(/^arn:[\w+=/,.@-]+:[\w+=/,.@-]+:[\w+=/,.@-]*:\d*:[\w+=/,.@:-]+$/)
    .optional(),
});
const membershipInput = z.object({ ...userInput, GroupName: groupName });

/** Calls about groups, for AWS credentials. */
export const ADMIN_GROUP_OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateGroup: onPool(createInput, createGroup),
  GetGroup: onPool(z.object(groupInput), (pool, { GroupName }) => {
    const group = pool.store.groups.get(GroupName);
    return group === undefined ? GROUP_NOT_FOUND : { body: { Group: describe(pool, group) } };
  }),
  DeleteGroup: onPool(z.object(groupInput), (pool, { GroupName }) => {
    if (!pool.store.groups.delete(GroupName)) {
      return GROUP_NOT_FOUND;
    }
    for (const user of pool.store.users.values()) {
      user.groups = user.groups.filter((name) => name !== GroupName);
    }
    return { body: {} };
  }),
  ListGroups: onPool(z.object({ ...poolInput, ...pageInput }), (pool, { Limit, NextToken }) =>
    listed(
      "Groups",
      [...pool.store.groups.values()].map((group) => describe(pool, group)),
      Limit,
      NextToken,
    ),
  ),
  AdminAddUserToGroup: onUser(membershipInput, (pool, { GroupName }, user) => {
    if (!pool.store.groups.has(GroupName)) {
      return GROUP_NOT_FOUND;
    }
    if (user.groups.length >= MAX_GROUPS_PER_USER && !user.groups.includes(GroupName)) {
      return { error: "LimitExceededException", message: "The user is in too many groups." };
    }
    user.groups = [...new Set([...user.groups, GroupName])];
    return { body: {} };
  }),
  AdminRemoveUserFromGroup: onUser(membershipInput, (pool, { GroupName }, user) => {
    if (!pool.store.groups.has(GroupName)) {
      return GROUP_NOT_FOUND;
    }
    user.groups = user.groups.filter((name) => name !== GroupName);
    return { body: {} };
  }),
  AdminListGroupsForUser: onUser(z.object({ ...userInput, ...pageInput }), (pool, input, user) =>
    listed(
      "Groups",
      groupsOf(pool, user).map((group) => describe(pool, group)),
      input.Limit,
      input.NextToken,
    ),
  ),
  ListUsersInGroup: onPool(z.object({ ...groupInput, ...pageInput }), (pool, input) => {
    if (!pool.store.groups.has(input.GroupName)) {
      return GROUP_NOT_FOUND;
    }
    const members = [...pool.store.users.values()]
      .filter(({ groups }) => groups.includes(input.GroupName))
      .map((user) => ({ ...userSummary(user), Attributes: attributeList(user) }));
    return listed("Users", members, input.Limit, input.NextToken);
  }),
};

const GROUP_NOT_FOUND: ApiError = { error: "ResourceNotFoundException", message: "Group not found." };

function createGroup(pool: Pool, input: z.output<typeof createInput>): ApiOutcome {
  const { GroupName: name, Description: description, Precedence: precedence, RoleArn: roleArn } = input;
  if (pool.store.groups.has(name)) {
    return { error: "GroupExistsException", message: "A group with the name already exists." };
  }
  const group: Group = {
    name,
    ...(description === undefined ? {} : { description }),
    ...(precedence === undefined ? {} : { precedence }),
    ...(roleArn === undefined ? {} : { roleArn }),
    createdAtMs: pool.now(),
  };
  pool.store.groups.set(name, group);
  return { body: { Group: describe(pool, group) } };
}

function describe(pool: Pool, { name, description, precedence, roleArn, createdAtMs }: Group): unknown {
  return {
    GroupName: name,
    UserPoolId: pool.userPoolId,
    ...(description === undefined ? {} : { Description: description }),
    ...(precedence === undefined ? {} : { Precedence: precedence }),
    ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
    CreationDate: createdAtMs / 1000,
    LastModifiedDate: createdAtMs / 1000,
  };
}

function listed(
  name: string,
  items: readonly unknown[],
  limit: number | undefined,
  token: string | undefined,
): ApiOutcome {
  const paged = pageOf(items, limit, token);
  return paged === undefined
    ? { error: "InvalidParameterException", message: "Invalid pagination token." }
    : { body: { [name]: paged.page, ...(paged.next === undefined ? {} : { NextToken: paged.next }) } };
}

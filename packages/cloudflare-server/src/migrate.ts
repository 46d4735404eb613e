import { refusals } from './refusal.ts';
import type { Migrations, UploadMetadata } from './upload-metadata.ts';

/** Classes that have objects, by their name at the moment. */
export type Classes = Record<string, { namespaceId: string; sqlite: boolean }>;

/** What an upload would make of the objects of a script. */
export type Migrated = { classes: Classes; tag: string | null };

/**
 * The classes after an upload's migrations; throws a `Refusal` when they do not fit. `exported` are the classes of the
 * upload, `namespaceId` names a new namespace.
 */
export function migrate(
  before: Migrated,
  metadata: Pick<UploadMetadata, 'bindings' | 'migrations'>,
  exported: ReadonlySet<string>,
  namespaceId: (className: string) => string,
): Migrated {
  const { migrations } = metadata;
  const after: Migrated = { classes: { ...before.classes }, tag: before.tag };
  if (migrations !== undefined) apply(after, migrations, exported, namespaceId);
  for (const className of Object.keys(after.classes))
    if (!exported.has(className)) throw refusals.classStillNeeded(className);
  for (const binding of metadata.bindings) {
    if (binding.type !== 'durable_object_namespace' || binding.script_name !== undefined) continue;
    if (!(binding.class_name in after.classes)) throw refusals.classWithoutMigration(binding.class_name);
  }
  return after;
}

function apply(
  after: Migrated,
  migrations: Migrations,
  exported: ReadonlySet<string>,
  namespaceId: (className: string) => string,
): void {
  if (changesNothing(migrations)) {
    if (migrations.old_tag !== undefined) assertTag(after.tag, migrations.old_tag);
    after.tag = migrations.new_tag ?? after.tag;
    return;
  }
  assertTag(after.tag, migrations.old_tag ?? '');
  if (migrations.new_classes.length > 0) throw refusals.keyValueObjects();
  for (const className of migrations.deleted_classes) {
    if (!(className in after.classes)) throw refusals.noClass(className);
    delete after.classes[className];
  }
  for (const { from, to } of migrations.renamed_classes) {
    const moved = after.classes[from];
    if (moved === undefined) throw refusals.noClass(from);
    if (to in after.classes) throw refusals.classExists(to);
    delete after.classes[from];
    after.classes[to] = moved;
  }
  for (const className of migrations.new_sqlite_classes) {
    if (!exported.has(className)) throw refusals.classNotExported(className);
    if (className in after.classes) throw refusals.classExists(className);
    after.classes[className] = { namespaceId: namespaceId(className), sqlite: true };
  }
  after.tag = migrations.new_tag ?? after.tag;
}

function changesNothing(migrations: Migrations): boolean {
  const { new_classes, new_sqlite_classes, deleted_classes, renamed_classes } = migrations;
  return [new_classes, new_sqlite_classes, deleted_classes, renamed_classes].every(
    ({ length }) => length === 0,
  );
}

function assertTag(present: string | null, shown: string): void {
  if (shown !== (present ?? '')) throw refusals.otherMigrationTag(shown, present ?? '');
}

/**
 * For toolstacks that embed xen-image: everything plugin authors have, and the toolstack itself.
 *
 * @packageDocumentation
 */
export * from './plugin.js';
export {
  Toolstack,
  type DeviceModelCommandLine,
  type PlanOptions,
  type PlanSource,
  type ToolstackOptions,
} from './toolstack/toolstack.js';
export type { CreateLimits } from './toolstack/create-queue.js';
export { Registry, type HandlerListing, type ResolvedHandler } from './registry/registry.js';
export { Operation } from './registry/operation.js';
export { planImage, type PlanInput } from './plan/plan-image.js';
export type { ImagePlan, MemoryPlan, PlannedDeviceModel } from './plan/image-plan.js';
export { planJson, redactFacts, redactPlan, SECRET, type AsJson, type PlanJson } from './plan/plan-json.js';
export { renderDeviceModel, type RenderedDeviceModel } from './plan/render-device-model.js';
export { runActions } from './execute/run.js';
export type { Execution, Progress } from './execute/execution.js';
export { storePath, storeRoot } from './execute/paths.js';
export { Results } from './execute/results.js';
export { timeLimit, type TimeLimit } from './execute/time-limit.js';
export { UndoStack, type UndoFailure, type UndoStep } from './execute/undo.js';
export { createDomain } from './lifecycle/create.js';
export type { CreatedDomain, CreateOptions } from './lifecycle/create-options.js';
export { destroyDomain, type DestroyedDomain, type DestroyOptions } from './lifecycle/destroy.js';
export type { ConsoleOptions, DomainConsole } from './lifecycle/console.js';
export { listDomains, type ListedDomain } from './lifecycle/list.js';
export type { AskedDomain, AskShutdownOptions } from './lifecycle/shutdown.js';
export { recoverDomains, type Recovered } from './lifecycle/recover.js';
export type { RestoredDomain, RestoreDeviceModelOptions } from './lifecycle/restore-device-model.js';
export type { SavedDomain, SaveDeviceModelOptions } from './lifecycle/save-device-model.js';
export { EventQueue } from './supervise/event-queue.js';
export type { SupervisedDomain, SupervisionEvent } from './supervise/events.js';
export { RESTART_LIMIT, type SuperviseOptions } from './supervise/options.js';
export type { Supervision } from './supervise/supervision.js';
export { findProblems, preflight } from './lifecycle/preflight.js';
export { modernProfile } from './profile/modern.js';
export { madeMac } from './config/modern/devices.js';
export { Settings } from './config/modern/settings.js';
export * from './config/text/index.js';
export * from './config/options/index.js';

export { HeldTask, type LiveGrant } from './task/held-task.js';
export { TaskDesk, type Lease, type Progress, type Renewal, type TaskEnd, type TaskFailure } from './task/task-desk.js';
export { TaskLoop, type TaskLoopOptions } from './task/task-loop.js';
export { NO_PROGRESS, performTask, type TaskSurroundings, type TaskWork } from './task/perform-task.js';
export { AuthTokenSource } from './access/auth-token-source.js';
export { LeasedBudget } from './access/leased-budget.js';
export { PlaceTransport } from './storage/place-transport.js';
export { ChunkQuestions } from './storage/chunk-questions.js';
export { StorageChunkSource, StoragePackSink } from './storage/storage-ports.js';

/**
 * For authors of plugins: contracts, `definePlugin`, the names of injection, errors and units.
 *
 * @packageDocumentation
 */
import 'reflect-metadata';

export { inject, injectable, type DependencyContainer, type InjectionToken } from 'tsyringe';
export * from './contract/actions.js';
export * from './contract/device-model.js';
export * from './contract/handler.js';
export * from './contract/host-facts.js';
export * from './contract/memory.js';
export * from './contract/plugin.js';
export * from './contract/policy.js';
export * from './contract/ports/index.js';
export * from './contract/profile.js';
export * from './contract/tokens.js';
export * from './contract/values.js';
export * from './config/domain-config.js';
export * from './errors.js';

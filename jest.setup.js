import fc from 'fast-check';
import 'reflect-metadata';

// One seed for all, so that a change is judged by what it changed. XEN_IMAGE_SEED=random looks further.
const { XEN_IMAGE_SEED: seed = '20261122' } = process.env;
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });

// What `host.peer('jax-js-webgpu')` gives.
export * from '@jax-js/jax';

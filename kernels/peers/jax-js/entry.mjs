// What `host.peer('jax-js')` gives.
export * from '@jax-js/jax';

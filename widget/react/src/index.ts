export type { ParleyProps } from "./Parley";
export { Parley } from "./Parley";
export type { ParleyHandle } from "./useParley";
export { useParley } from "./useParley";

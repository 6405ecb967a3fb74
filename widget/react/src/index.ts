export type { ToolHandler, Tools } from "../../loader/types";
export type { ParleyProps } from "./Parley";
export { Parley } from "./Parley";
export type { ParleyHandle } from "./useParley";
export { useParley } from "./useParley";
export { useParleyTool } from "./useParleyTool";

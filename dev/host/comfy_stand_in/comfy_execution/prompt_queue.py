"""Prompts that wait, the one that runs, and the history of those that ended."""

import copy
import heapq
import threading
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import nodes

MAXIMUM_HISTORY_SIZE = 10000

# (number, prompt_id, prompt, extra_data, outputs_to_execute, sensitive): the sixth since 0.3.68.
QueueItem = tuple[Any, ...]


class ExecutionStatus(NamedTuple):
    status_str: Literal["success", "error"]
    completed: bool
    messages: list[Any]


class PromptQueue:
    """The queue that the HTTP side fills and the worker thread empties."""

    ExecutionStatus = ExecutionStatus

    def __init__(self, server: Any) -> None:
        self.server = server
        self.mutex = threading.RLock()
        self.not_empty = threading.Condition(self.mutex)
        self.task_counter = 0
        self.queue: list[QueueItem] = []
        self.currently_running: dict[int, QueueItem] = {}
        self.history: dict[str, dict[str, Any]] = {}
        self.flags: dict[str, Any] = {}

    def put(self, item: QueueItem) -> None:
        with self.mutex:
            heapq.heappush(self.queue, item)
            self.server.queue_updated()
            self.not_empty.notify()

    def get(self, timeout: float | None = None) -> tuple[QueueItem, int] | None:
        with self.not_empty:
            if not self.not_empty.wait_for(lambda: self.queue, timeout):
                return None
            item = heapq.heappop(self.queue)
            item_id = self.task_counter
            self.task_counter += 1
            self.currently_running[item_id] = copy.deepcopy(item)
            self.server.queue_updated()
            return item, item_id

    def task_done(
        self,
        item_id: int,
        history_result: dict[str, Any],
        status: ExecutionStatus | None,
        process_item: Callable[[QueueItem], QueueItem] | None = None,
    ) -> None:
        with self.mutex:
            item = self.currently_running.pop(item_id)
            if len(self.history) > MAXIMUM_HISTORY_SIZE:
                self.history.pop(next(iter(self.history)))
            entry: dict[str, Any] = {
                "prompt": process_item(item) if process_item else item,
                "outputs": {},
                "status": None if status is None else copy.deepcopy(status._asdict()),
            }
            self.history[item[1]] = entry | history_result
            self.server.queue_updated()

    def get_current_queue(self) -> tuple[list[QueueItem], list[QueueItem]]:
        with self.mutex:
            return list(self.currently_running.values()), copy.deepcopy(self.queue)

    def get_current_queue_volatile(self) -> tuple[list[QueueItem], list[QueueItem]]:
        with self.mutex:
            return list(self.currently_running.values()), list(self.queue)

    def get_tasks_remaining(self) -> int:
        with self.mutex:
            return len(self.queue) + len(self.currently_running)

    def interrupt_if_running(self, prompt_id: str) -> bool:
        with self.mutex:
            running = any(item[1] == prompt_id for item in self.currently_running.values())
            if running:
                nodes.interrupt_processing()
            return running

    def wipe_queue(self) -> None:
        with self.mutex:
            self.queue.clear()
            self.server.queue_updated()

    def delete_queue_item(self, function: Callable[[QueueItem], bool]) -> bool:
        with self.mutex:
            for index, item in enumerate(self.queue):
                if function(item):
                    self.queue.pop(index)
                    heapq.heapify(self.queue)
                    self.server.queue_updated()
                    return True
            return False

    def get_history(
        self, prompt_id: str | None = None, max_items: int | None = None, offset: int = -1
    ) -> dict[str, Any]:
        with self.mutex:
            if prompt_id is not None:
                entry = self.history.get(prompt_id)
                return {} if entry is None else {prompt_id: copy.deepcopy(entry)}
            ids = list(self.history)
            start = max(offset, 0)
            if offset < 0 and max_items is not None:
                start = max(len(ids) - max_items, 0)
            end = None if max_items is None else start + max_items
            return {key: self.history[key] for key in ids[start:end]}

    def wipe_history(self) -> None:
        with self.mutex:
            self.history = {}

    def delete_history_item(self, id_to_delete: str) -> None:
        with self.mutex:
            self.history.pop(id_to_delete, None)

    def set_flag(self, name: str, data: Any) -> None:
        with self.mutex:
            self.flags[name] = data
            self.not_empty.notify()

    def get_flags(self, reset: bool = True) -> dict[str, Any]:
        with self.mutex:
            flags = dict(self.flags)
            if reset:
                self.flags.clear()
            return flags

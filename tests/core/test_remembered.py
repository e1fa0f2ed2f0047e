"""Results are remembered for one object, not for what is equal to it."""

from moeplanner_gui.core.remembered import by_identity


def test_that_a_result_is_worked_out_once_for_each_object() -> None:
    asked: list[list[int]] = []

    @by_identity
    def total(row: list[int]) -> int:
        asked.append(row)
        return sum(row)

    first, equal = [1, 2], [1, 2]
    assert [total(first), total(first), total(equal)] == [3, 3, 3]
    assert [row is first for row in asked] == [True, False]


def test_that_rows_without_end_do_not_fill_the_memory_and_stay_apart() -> None:
    same = by_identity(lambda row: row[0])
    assert [same([number]) for number in range(10_000)] == list(range(10_000))

"""Detect my GPUs: looks at this machine and shows what would go into the plan.

The window stays alive and can be used meanwhile; nothing in the plan changes before the person
accepts. What a failing driver says never takes the place of what is known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.detect.choice import (
    Choice,
    Chosen,
    chosen_node,
    detected_place,
    may_be_incomplete,
)
from moeplanner_gui.ui.detect.next_part_view import NextPartView
from moeplanner_gui.ui.detect.problem import (
    ProblemList,
    ProblemPanel,
    plain_button,
    wrapped_label,
)
from moeplanner_gui.ui.detect.progress import ProbeLine
from moeplanner_gui.ui.detect.rows import LinesView
from moeplanner_gui.ui.detect.words import (
    accept_words,
    first_lines,
    intro,
    nearest_rows,
    new_positions,
    other_words,
    problems_of,
    proposed_row,
    shown_lines,
    taken_names,
    unchanged,
    use_words,
    why_not,
)
from moeplanner_gui.ui.detect.worker import DetectWorker
from moeplanner_gui.ui.dialog import MARGINS, Dialog, button_row
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_answer
from moeplanner_gui.ui.hint import Hint
from moeplanner_gui.ui.later import later
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.detect.proposal import Proposal

REVEAL_MS = 300
"""Before this nobody is waiting, and a line that flashes by is noise."""
ADVICE_MS = 150
FRAME_MS = 16
LOOKING = say("Looking at this computer…")


class DetectDialog(Dialog):
    """What is in this machine, beside what the plan has.

    Signals:
        accept_wanted(Chosen, str): The node is to go into the plan: "add", "update", "replace".
        complete_wanted(object, object): A row of the user's own is to be completed; the callable
            takes the completed one.
        typing_wanted(): Cards are to be typed in instead.
    """

    accept_wanted = Signal(object, str)
    complete_wanted = Signal(object, object)
    typing_wanted = Signal()

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        *,
        worker: DetectWorker | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._themes = document, themes
        self.machine: Any = None
        self.proposal: Proposal | None = None
        self.choice = Choice()
        self._now: Any = None
        self._ended = False
        self._due: Any = None
        self._seen: list[tuple[str, str]] = []
        self.setObjectName("detect-dialog")
        self.setWindowTitle(say("Detect my GPUs"))
        self.setAccessibleName(say("Detect my GPUs"))
        self.setModal(False)
        self.worker = worker or DetectWorker(self)
        self.worker.reported.connect(self._on_reported)
        self.worker.proposed.connect(self._on_proposed)
        self.worker.failed.connect(self._on_failed)
        self.worker.advised.connect(lambda advice: self.next_part.show_advice(advice))
        self._reveal = _timer(self, REVEAL_MS)
        self._advice_due = _timer(self, ADVICE_MS)
        self._advice_due.timeout.connect(self._ask_advice)
        self._build()
        self._reveal.timeout.connect(self.probes.reveal)
        document.plan_changed.connect(self._on_plan_changed)
        document.catalog_changed.connect(self._on_catalog_changed)

    def _build(self) -> None:
        self.heading = wrapped_label(LOOKING)
        self.heading.setFont(font_answer())
        self.said = wrapped_label(tone="2")
        self.probes = ProbeLine(self._themes, self)
        self.lines = LinesView(self._themes)
        self.lines.card_used.connect(self._on_card_used)
        self.lines.in_use_counted.connect(self._on_in_use)
        self.lines.mine_said.connect(self._on_mine)
        self.lines.complete_wanted.connect(self._on_complete)
        self.lines.row_wanted.connect(self._on_row_wanted)
        self.left_out = wrapped_label(tone="2")
        self.left_out.setAccessibleName(say("What was left out"))
        self._problems = ProblemList(self._themes)
        self._problems.again_wanted.connect(self.look)
        self._problems.typing_wanted.connect(self.typing_wanted)
        inner = QWidget()
        body = QVBoxLayout(inner)
        body.setContentsMargins(MARGINS[0], 8, MARGINS[2], 8)
        body.setSpacing(8)
        body.addWidget(self._problems)
        body.addWidget(self.lines)
        body.addWidget(self.left_out)
        body.addStretch(1)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inner)
        self._area.setAccessibleName(say("What was found"))
        for widget in (inner, self._area.viewport()):
            widget.setBackgroundRole(self.palette().ColorRole.Base)
            widget.setAutoFillBackground(True)
        self.next_part = NextPartView(self._themes, self)
        self.error = Hint(self._themes, "", self)
        self.again = plain_button(say("Detect again"), say("Look once more"), self)
        self.again.clicked.connect(self.look)
        self.replace = plain_button(say("Replace the rig"), "", self)
        self.replace.clicked.connect(lambda: self._finish(self._other_how))
        self.cancel = plain_button(say("Cancel"), say("Close; the plan stays as it is (Esc)"), self)
        self.cancel.clicked.connect(self.reject)
        self.add = plain_button("", "", self)
        self.add.setProperty("primary", True)
        self.add.setDefault(True)
        self.add.clicked.connect(lambda: self._finish(self._how))
        head = QVBoxLayout()
        head.setContentsMargins(MARGINS[0], MARGINS[1], MARGINS[2], 8)
        head.setSpacing(6)
        for widget in (self.heading, self.said, self.probes):
            head.addWidget(widget)
        foot = QVBoxLayout()
        foot.setContentsMargins(MARGINS[0], 8, MARGINS[2], MARGINS[3])
        foot.setSpacing(4)
        foot.addWidget(self.next_part)
        row: QHBoxLayout = button_row(
            (self.replace, self.cancel, self.add), (self.again,), middle=self.error
        )
        foot.addSpacing(4)
        foot.addLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._area, 1)
        column.addLayout(foot)
        screen = self.screen().availableGeometry()
        self.resize(min(760, screen.width() - 40), min(640, screen.height() - 60))
        self._update_buttons()

    @property
    def problems(self) -> list[ProblemPanel]:
        """What went wrong, as it is shown."""
        return self._problems.panels

    # Looking -----------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask every probe, from the beginning."""
        self.machine = self.proposal = self._due = None
        self.choice, self._seen = Choice(), []
        self.heading.setText(LOOKING)
        self.said.setText(say("The plan stays as it is until you accept what was found."))
        self.left_out.hide()
        self.lines.clear()
        self.lines.show()
        self._problems.show_told(())
        self.error.show_error("")
        self.next_part.show_advice(None)
        self.probes.clear()
        self._reveal.start()
        self._now = self._node_now()
        self._update_buttons()
        self.worker.look(self._document.catalog, self._now)

    def _on_reported(self, report: Any) -> None:
        self.probes.add(report)
        known = {found for _, found in self._seen}
        self._seen += [line for line in first_lines(report) if line[1] not in known]
        self.lines.show_plain(self._seen)

    def _on_failed(self, sentence: str) -> None:
        self._reveal.stop()
        self.probes.finish()
        self.heading.setText(say("This computer could not be looked at"))
        self.said.setText(
            say("Your rig was not changed. Cards can be typed in, or picked in Parts.")
        )
        self.error.show_error(sentence)
        self._update_buttons()

    def _on_proposed(self, machine: Any, proposal: Proposal) -> None:
        self._reveal.stop()
        for report in machine.reports:
            self.probes.add(report)
        self.probes.finish()
        if self.machine is None:
            self._problems.show_told(problems_of(machine))
        # The lines come a frame later: both at once would make one frame late.
        self._due = (machine, proposal)
        later(FRAME_MS, self, self._show_proposal)

    def _show_proposal(self) -> None:
        if self._due is None or self._ended:
            return
        self.machine, self.proposal = machine, proposal = self._due
        self._due = None
        found = bool(proposal.node.gpus)
        known = self._is_known
        if found:
            self.heading.setText(say("Found {0}", proposal.summary))
        elif may_be_incomplete(machine):
            self.heading.setText(say("The cards of this computer could not be read"))
        else:
            self.heading.setText(say("No GPU was found that can hold a model"))
        alone = not self._document.plan.rig.nodes
        said = intro(found, known, self._now, alone=alone, sample=self._is_sample)
        self.said.setText(said)
        self._show_lines()
        self.lines.setVisible(known)
        self.left_out.setText("\n".join(say("Left out: {0}", one) for one in proposal.left_out))
        self.left_out.setVisible(bool(proposal.left_out))
        self._update_buttons()
        if self.isActiveWindow():
            self._focus_next(found)

    def _focus_next(self, found: bool) -> None:
        """What Return does: after a driver that failed it is no computer without cards."""
        again = next((one.again for one in self.problems if one.told.can_retry), None)
        if not found and may_be_incomplete(self.machine) and again is not None:
            again.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.add.isEnabled():
            self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    # Showing -------------------------------------------------------------------------------------

    def _show_lines(self) -> None:
        if self.proposal is None:
            return
        proposal, choice = self.proposal, self.choice
        used = use_words(proposal, self.machine, self._document.memory_unit)
        self.lines.show_lines(
            shown_lines(proposal, self.machine, bool(used)),
            out=choice.out,
            counts_use=choice.in_use,
            mine=proposal.node.mine if choice.mine is None else choice.mine,
            used_words=used,
            same=unchanged(self._now, proposal),
            taken=taken_names(proposal, choice),
            nearest=dict(nearest_rows(proposal)),
            incomplete=new_positions(proposal),
        )
        self._advice_due.start()

    @property
    def _how(self) -> str:
        """What the first button does: nobody wants to keep the rig of a sample."""
        if self._is_sample:
            return "replace"
        return "add" if self._now is None else "update"

    @property
    def _other_how(self) -> str:
        return "add" if self._is_sample else "replace"

    @property
    def _is_sample(self) -> bool:
        """Whether the plan is a sample in which nothing was done, and cards were found."""
        untouched = self._document.session.is_untouched and self._now is None
        return untouched and bool(self._document.plan.rig.nodes) and self._has_cards

    @property
    def _has_cards(self) -> bool:
        return self._is_known and bool(self.chosen.node.gpus)

    def _node_now(self) -> Any:
        place = detected_place(self._document.plan)
        return None if place is None else self._document.plan.rig.nodes[place]

    @property
    def _is_known(self) -> bool:
        """Whether there is anything to put into a plan."""
        node = None if self.proposal is None else self.proposal.node
        return node is not None and bool(node.gpus or node.ram_gib or node.host)

    def _update_buttons(self) -> None:
        nodes = self._document.plan.rig.nodes
        sample, why = self._is_sample, why_not(self.proposal, self.machine, self._now)
        words, tip = accept_words(self._now, sample)
        self.add.setText(words.replace("&", "&&"))
        self.add.setAccessibleName(words)
        self.add.setEnabled(self._is_known and not why)
        self.add.setToolTip(why or tip)
        # With nothing else in the rig both do the same.
        self.replace.setVisible(len(nodes) > (0 if self._now is None else 1))
        words, tip = other_words(sample)
        self.replace.setText(words)
        self.replace.setAccessibleName(words)
        self.replace.setEnabled(self._has_cards and not why)
        if not self.replace.isEnabled():
            tip = why or say("There is no card to replace the rig with")
        self.replace.setToolTip(tip)
        self.again.setEnabled(self.machine is not None or bool(self.error.text))

    # Choosing ------------------------------------------------------------------------------------

    @property
    def chosen(self) -> Chosen:
        """The node as ticked."""
        assert self.proposal is not None
        return chosen_node(self.proposal, self.machine, self.choice, self._document.catalog.gpus)

    def _on_card_used(self, card: int, used: bool) -> None:
        self.choice = self.choice.with_card(card, used)
        self._update_buttons()
        self._advice_due.start()

    def _on_in_use(self, counted: bool) -> None:
        self.choice = replace(self.choice, in_use=counted)
        self._advice_due.start()

    def _on_mine(self, mine: bool) -> None:
        self.choice = replace(self.choice, mine=mine)

    def _on_row_wanted(self, card: int, row: Any) -> None:
        if self.proposal is None:
            return
        name, _ = self._row_of(card)
        self.choice = self.choice.with_row(name, row)
        self._show_lines()

    def _on_complete(self, card: int) -> None:
        if self.proposal is None:
            return
        name, row = self._row_of(card)
        if row.id != name:
            row = next(one for one in self.proposal.new_cards if one.id == name)

        def completed(full: Any) -> None:
            if self.proposal is not None:
                # Found again by what it was found by: the editor forgets that for a copy.
                kept = {"id": name, "nvml_name": row.nvml_name, "driver_names": row.driver_names,
                        "pci_device_ids": row.pci_device_ids}  # fmt: skip
                self._on_row_wanted(card, full.model_copy(update=kept))

        self.complete_wanted.emit(row, completed)

    def _row_of(self, card: int) -> Any:
        assert self.proposal is not None
        return proposed_row(self.proposal, card, self.choice, self._document.catalog.gpus)

    # What it would do ---------------------------------------------------------------------------

    def _ask_advice(self) -> None:
        if not self._is_known:
            return
        self.worker.advise((self._document.plan, self.chosen), self._document.catalog)

    def _on_plan_changed(self, _plan: object) -> None:
        if self._ended:
            return
        now = self._node_now()
        if now != self._now and self.machine is not None:
            self._now = now
            self.worker.propose(self.machine, self._document.catalog, now)
        self._update_buttons()
        self._advice_due.start()

    def _on_catalog_changed(self) -> None:
        if self.machine is not None and not self._ended:
            self.worker.propose(self.machine, self._document.catalog, self._now)

    # Ending --------------------------------------------------------------------------------------

    def _finish(self, how: str) -> None:
        if self.proposal is not None:
            self.accept_wanted.emit(self.chosen, how)

    def refuse(self, sentence: str) -> None:
        """Say why it could not be added; the dialog stays."""
        self.error.show_error(sentence)

    def reject(self) -> None:
        self._end()
        super().reject()

    def accept(self) -> None:
        self._end()
        super().accept()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._end()
        super().closeEvent(event)

    def _end(self) -> None:
        self._reveal.stop()
        self._advice_due.stop()
        self._ended = True
        self.worker.end()


def _timer(parent: QWidget, interval_ms: int) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    return timer

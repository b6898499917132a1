"""The words drawings are labelled with, in English and Korean."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bookdelivery.design.elements import Node, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.errors import InvalidField

LANGUAGES = ("en", "ko")

_KOREAN: Mapping[str, str] = {
    "actor": "액터",
    "command": "커맨드",
    "aggregate": "어그리게잇",
    "event": "도메인 이벤트",
    "policy": "정책",
    "view": "뷰",
    "external": "외부 시스템",
    "hot spot": "핫스팟",
    "rejected event": "탈락 이벤트",
    "deadline": "기한",
    "context": "컨텍스트",
    "store": "저장소",
    "topic": "토픽",
    "adapter": "어댑터",
    "port": "포트",
    "event-storming board": "이벤트스토밍 보드",
    "Pub/Sub": "Pub/Sub",
    "request and response": "Req/Res",
    "prompts a person": "사람이 이어서 하는 일",
    "considered and dropped": "탈락한 이벤트",
    "core": "핵심",
    "supporting": "지원",
    "general": "일반",
    "what follows": "이어지는 흐름",
    "observed": "관측",
    "held against a run": "실행 기록과 대조",
    "never seen": "관측되지 않음",
    "told where it comes first": "처음 나온 곳에서 이어짐",
    "answer within {} s": "{}초 안에 응답",
    "seen but not declared": "선언되지 않았으나 관측됨",
    "lifecycle": "상태 다이어그램",
    "what happens": "전이",
    "from {}": "{}에서",
    "stays on {}": "{} 시 유지",
    "state": "상태",
    "end": "종료 상태",
    "context map": "컨텍스트 맵",
    "outside": "외부",
    "from elsewhere": "그 밖의 곳에서",
    "deployed {}": "배포 {}",
    "{} asks": "{}의 요청",
    "listens to {}": "{}의 이벤트 구독",
    "customer/supplier": "고객/공급자",
    "published language": "공표된 언어",
    "conformist": "준수자",
    "anticorruption layer": "부패방지 계층",
    "organisation": "조직",
    "as-is": "AS-IS (수평)",
    "to-be": "TO-BE (수직)",
    "was not there yet": "아직 없었음",
    "no teams declared": "이전 팀 선언 없음",
    "a change needs 1 team": "변경에 팀 1개",
    "a change needs {} teams": "변경에 팀 {}개",
    "without {}": "{} 없이",
    "stops": "멈춤",
    "waits": "대기",
    "stale": "이전 정보",
    "unharmed": "영향 없음",
    "{} of {} ways were seen": "선언된 {1}개 중 {0}개 관측",
    "requirements and what covers them": "요구사항과 이를 충족하는 설계",
    "ports and adapters": "포트와 어댑터",
    "ports": "포트",
    "domain": "도메인",
    "up {} % a year": "연간 가동률 {} %",
    "folds {} events": "이벤트 {}종 반영",
}


@attrs.frozen
class Words:
    """How things are called in one language.

    Attributes:
        language: `en` or `ko`.
        dictionary: the Korean of what the design's own words say, by their English.

    Raises:
        InvalidField: the language is neither.
    """

    language: str = "en"
    dictionary: Mapping[str, str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise InvalidField("drawing", "language", self.language, " or ".join(LANGUAGES))

    @classmethod
    def of(cls, model: DesignModel, language: str) -> Words:
        """Take the words of a design.

        Raises:
            InvalidField: the language is none of those known.
        """
        return cls(language, model.language)

    def __call__(self, english: str) -> str:
        """Give a word of the drawing itself, or one that the design has a translation of."""
        return self.instead(english, english)

    def instead(self, key: str, english: str) -> str:
        """Give what the dictionary has under a key, the English where it has nothing."""
        if self.language == "en":
            return english
        return _KOREAN.get(key) or self.dictionary.get(key) or english

    def team(self, name: str) -> str:
        """Name a team."""
        return self.instead(f"{name} team", f"team {name}")

    def name(self, node: Node) -> str:
        """Give the name of a thing, the code's where nobody has given it a Korean one."""
        return node.label(self.language)

    def code_name(self, node: Node) -> str:
        """Give the name in the code where the other one is shown, else nothing."""
        return node.name if self.name(node) != node.name and node.kind is not NodeKind.POLICY else ""

    def title(self, node: Node) -> str:
        """Say what a thing is and how it is called in both languages."""
        korean = f" {node.korean}" if node.korean and node.korean != node.name else ""
        home = f" ({node.context})" if node.context and node.kind is not NodeKind.CONTEXT else ""
        return f"{self(str(node.kind))} {node.name}{korean}{home}"

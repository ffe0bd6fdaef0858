"""Microsoft's own library cannot tell the sandbox from Microsoft: it reads and writes every resource."""

import ssl
from datetime import UTC, datetime

import httpx
import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.communications.get_presences_by_user_id import (
    get_presences_by_user_id_post_request_body as presences,
)
from msgraph.generated.drives.item.items.item.create_upload_session import (
    create_upload_session_post_request_body as upload,
)
from msgraph.generated.groups.item.transitive_members.graph_user.graph_user_request_builder import (
    GraphUserRequestBuilder,
)
from msgraph.generated.models.automatic_replies_setting import AutomaticRepliesSetting
from msgraph.generated.models.automatic_replies_status import AutomaticRepliesStatus
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.drive_item import DriveItem
from msgraph.generated.models.drive_item_uploadable_properties import DriveItemUploadableProperties
from msgraph.generated.models.event import Event
from msgraph.generated.models.field_value_set import FieldValueSet
from msgraph.generated.models.folder import Folder
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.mailbox_settings import MailboxSettings
from msgraph.generated.models.message import Message
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.presence_status_message import PresenceStatusMessage
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.models.user import User
from msgraph.generated.users.delta.delta_request_builder import DeltaRequestBuilder as UsersDeltaBuilder
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.messages.item.move.move_post_request_body import MovePostRequestBody
from msgraph.generated.users.item.presence.set_status_message.set_status_message_post_request_body import (
    SetStatusMessagePostRequestBody,
)
from msgraph.generated.users.item.presence.set_user_preferred_presence import (
    set_user_preferred_presence_post_request_body as preferred,
)
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from sandbox.server import Sandbox
from sandbox.state import Tenant
from sandbox.voorbeeldegem import PILOT_GROUP_ID
from tests.contract.sandbox.client import FIEN, TAG
from tests.contract.sandbox.conftest import Listener
from tests.contract.sandbox.sdk import Graph, Talk, code, converse

# the library warns of its own generated code
pytestmark = pytest.mark.filterwarnings("ignore:This class is deprecated:DeprecationWarning")
ROMANCE = "Romance Standard Time"
UNIT = 320 * 1024


@pytest.fixture
def talk(sandbox: Sandbox) -> Talk:
    return lambda conversation: converse(sandbox, conversation)


def moment(text: str) -> DateTimeTimeZone:
    return DateTimeTimeZone(date_time=text, time_zone=ROMANCE)


def test_people(talk: Talk) -> None:
    async def conversation(client: Graph) -> None:
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            filter="employeeId eq '000101'", select=["id", "employeeId", "department"]
        )
        found = await client.users.get(RequestConfiguration(query_parameters=query))
        profile = PasswordProfile(password="not-kept-1!")
        zita = User(
            account_enabled=True,
            display_name="Zita Zondermail",
            mail_nickname="zita.zondermail",
            user_principal_name="zita.zondermail@example.org",
            password_profile=profile,
        )
        made = await client.users.post(zita)
        await client.users.by_user_id(made.id).patch(User(employee_id="000107"))

        assert [(user.employee_id, user.department) for user in found.value] == [("000101", "Burgerzaken")]
        assert (await client.users.by_user_id(made.id).get()).display_name == "Zita Zondermail"

    talk(conversation)


def test_events(talk: Talk) -> None:
    async def conversation(client: Graph) -> None:
        events = client.users.by_user_id(FIEN).events
        absence = Event(
            subject="Afwezig",
            is_all_day=True,
            start=moment("2027-05-06T00:00:00"),
            end=moment("2027-05-08T00:00:00"),
            show_as=FreeBusyStatus.Oof,
            transaction_id="one",
            single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=TAG, value="A-1")],
        )
        made = await events.post(absence)
        query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=f"singleValueExtendedProperties/Any(ep: ep/id eq '{TAG}' and ep/value eq 'A-1')",
            expand=[f"singleValueExtendedProperties($filter=id eq '{TAG}')"],
        )
        (found,) = (await events.get(RequestConfiguration(query_parameters=query))).value
        window = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
            start_date_time="2027-05-01T00:00:00Z", end_date_time="2027-06-01T00:00:00Z"
        )
        view = await client.users.by_user_id(FIEN).calendar_view.get(RequestConfiguration(query_parameters=window))
        changed = await events.by_event_id(made.id).patch(Event(show_as=FreeBusyStatus.Free))
        with pytest.raises(ODataError) as repeated:
            await events.post(absence)
        await events.by_event_id(made.id).delete()
        with pytest.raises(ODataError) as gone:
            await events.by_event_id(made.id).get()

        assert (found.id, found.single_value_extended_properties[0].value) == (made.id, "A-1")
        assert [event.id for event in view.value] == [made.id]
        assert changed.show_as is FreeBusyStatus.Free
        assert code(repeated.value) == (409, "ErrorDuplicateTransactionId")
        assert code(gone.value) == (404, "ErrorItemNotFound")

    talk(conversation)


def test_automatic_reply_and_presence(talk: Talk, tenant: Tenant) -> None:
    async def conversation(client: Graph) -> None:
        fien = client.users.by_user_id(FIEN)
        reply = AutomaticRepliesSetting(
            status=AutomaticRepliesStatus.Scheduled,
            scheduled_start_date_time=moment("2027-05-06T00:00:00"),
            scheduled_end_date_time=moment("2027-05-08T00:00:00"),
            internal_reply_message="<p>Afwezig</p>",
        )
        await fien.mailbox_settings.patch(MailboxSettings(automatic_replies_setting=reply))
        settings = await fien.mailbox_settings.get()
        presence = await fien.presence.get()
        body = presences.GetPresencesByUserIdPostRequestBody(ids=[tenant.user(FIEN)["id"]])
        several = await client.communications.get_presences_by_user_id.post(body)

        assert settings.automatic_replies_setting.internal_reply_message == "<p>Afwezig</p>"
        assert settings.user_purpose.value == "user"
        assert presence.out_of_office_settings.is_out_of_office
        assert [each.activity for each in several.value] == ["OutOfOffice"]

    talk(conversation)


def test_preferred_presence_and_status_message(talk: Talk) -> None:
    async def conversation(client: Graph) -> None:
        presence = client.users.by_user_id(FIEN).presence
        # without a duration: the library would write `8:00:00`, which is none
        wish = preferred.SetUserPreferredPresencePostRequestBody(availability="Offline", activity="OffWork")
        await presence.set_user_preferred_presence.post(wish)
        body = ItemBody(content="Terug op 10 mei", content_type=BodyType.Text)
        status = PresenceStatusMessage(message=body, expiry_date_time=moment("2099-05-10T08:00:00"))
        await presence.set_status_message.post(SetStatusMessagePostRequestBody(status_message=status))
        seen = await presence.get()
        await presence.clear_user_preferred_presence.post()

        assert (seen.availability, seen.activity) == ("Offline", "OffWork")
        assert seen.status_message.message.content == "Terug op 10 mei"
        assert seen.status_message.expiry_date_time is None
        assert (await presence.get()).availability == "Available"

    talk(conversation)


def test_people_in_a_group(talk: Talk, tenant: Tenant) -> None:
    async def conversation(client: Graph) -> None:
        members = client.groups.by_group_id(PILOT_GROUP_ID).transitive_members
        query = GraphUserRequestBuilder.GraphUserRequestBuilderGetQueryParameters(select=["id"], count=True)
        wish = RequestConfiguration(query_parameters=query)
        wish.headers.add("ConsistencyLevel", "eventual")
        people = await members.graph_user.get(wish)
        everything = await members.get()

        assert (people.odata_count, [each.id for each in people.value]) == (3, list(tenant.users)[:3])
        assert {type(each).__name__ for each in everything.value} == {"User", "Group"}

    talk(conversation)


def test_subscriptions(talk: Talk, listener: Listener) -> None:
    async def conversation(client: Graph) -> None:
        wish = Subscription(
            change_type="updated",
            notification_url=f"{listener.url}/hook",
            resource="users",
            expiration_date_time=datetime(2027, 5, 20, tzinfo=UTC),
            client_state="secret",
        )
        made = await client.subscriptions.post(wish)
        one = client.subscriptions.by_subscription_id(made.id)
        until = datetime(2027, 5, 25, tzinfo=UTC)
        renewed = await one.patch(Subscription(expiration_date_time=until))
        await one.reauthorize.post()
        listed = await client.subscriptions.get()
        await one.delete()

        assert renewed.expiration_date_time == until
        assert [each.id for each in listed.value] == [made.id]
        assert (await client.subscriptions.get()).value == []

    talk(conversation)


def test_folders_files_and_columns(talk: Talk) -> None:
    async def conversation(client: Graph) -> None:
        site = await client.sites.by_site_id("example.sharepoint.com:/sites/projecten").get()
        drive = await client.sites.by_site_id(site.id).drive.get()
        library, _ = (await client.sites.by_site_id(site.id).lists.get()).value
        columns = await client.sites.by_site_id(site.id).lists.by_list_id(library.id).columns.get()
        items = client.drives.by_drive_id(drive.id).items
        folder = await items.by_drive_item_id("root").children.post(DriveItem(name="Nieuw", folder=Folder()))
        file = await items.by_drive_item_id(f"{folder.id}:/één brief.pdf:").content.put(b"%PDF")
        row = await items.by_drive_item_id(file.id).list_item.get()
        fields = client.sites.by_site_id(site.id).lists.by_list_id(library.id).items.by_list_item_id(row.id).fields
        await fields.patch(FieldValueSet(additional_data={"PostKenmerk": "2026/IN/001234"}))
        read = await fields.get()
        children = await items.by_drive_item_id(folder.id).children.get()
        with pytest.raises(ODataError) as taken:
            await items.by_drive_item_id("root").children.post(DriveItem(name="nieuw", folder=Folder()))

        assert "PostKenmerk" in {column.name for column in columns.value}
        assert read.additional_data["PostKenmerk"] == "2026/IN/001234"
        assert [(child.name, child.size) for child in children.value] == [("één brief.pdf", 4)]
        assert await items.by_drive_item_id(file.id).content.get() == b"%PDF"
        assert code(taken.value) == (409, "nameAlreadyExists")

    talk(conversation)


def test_what_changed_among_the_people(talk: Talk, tenant: Tenant) -> None:
    async def conversation(client: Graph) -> None:
        query = UsersDeltaBuilder.DeltaRequestBuilderGetQueryParameters(
            select=["employeeId", "department", "accountEnabled"]
        )
        everyone = await client.users.delta.get(RequestConfiguration(query_parameters=query))
        tenant.update_user(FIEN, {"department": "Omgeving"})
        changed = await client.users.delta.with_url(everyone.odata_delta_link).get()
        tenant.delete_user(FIEN)
        empty = await client.users.delta.with_url(changed.odata_delta_link).get()
        removed = await client.users.delta.with_url(empty.odata_next_link).get()
        tenant.rounds.expire()
        with pytest.raises(ODataError) as expired:
            await client.users.delta.with_url(removed.odata_delta_link).get()

        assert [user.account_enabled for user in everyone.value] == [True] * 6 + [False]
        assert [user.department for user in changed.value] == ["Omgeving"]
        assert empty.value == []  # every third round begins so
        assert removed.value[0].additional_data["@removed"] == {"reason": "changed"}
        assert code(expired.value) == (410, "syncStateNotFound")

    talk(conversation)


def test_what_changed_in_a_library(talk: Talk, tenant: Tenant) -> None:
    drive_id, *_ = tenant.drives

    async def conversation(client: Graph) -> None:
        items = client.drives.by_drive_id(drive_id).items
        root = items.by_drive_item_id("root")
        everything = await root.delta.get()
        file = await items.by_drive_item_id("root:/a.pdf:").content.put(b"%PDF")
        token = everything.odata_delta_link.rpartition("=")[2]
        changed = await root.delta_with_token(token).get()
        await items.by_drive_item_id(file.id).delete()
        empty = await root.delta.with_url(changed.odata_delta_link).get()
        removed = await root.delta.with_url(empty.odata_next_link).get()

        assert everything.value[0].name == "root"
        assert [(item.name, item.size) for item in changed.value] == [("root", 0), ("a.pdf", 4)]
        gone, _ = removed.value
        assert (gone.id, gone.name, gone.deleted.state) == (file.id, None, "deleted")

    talk(conversation)


def test_mail(talk: Talk, tenant: Tenant) -> None:
    async def conversation(client: Graph) -> None:
        post = client.users.by_user_id("post@example.org")
        inbox = post.mail_folders.by_mail_folder_id("inbox")
        start = await inbox.messages.delta.get()
        eml = b"From: Jan <jan@example.org>\r\nSubject: Aanvraag\r\n\r\nGeachte\r\n"
        tenant.deliver("post@example.org", eml)
        news = await inbox.messages.delta.with_url(start.odata_delta_link).get()
        (new,) = news.value
        one = post.messages.by_message_id(new.id)
        read = await one.get()
        mime = await one.content.get()
        marked = await one.patch(Message(is_read=True, categories=["Geregistreerd"]))
        moved = await one.move.post(MovePostRequestBody(destination_id="archive"))
        folder = await post.mail_folders.by_mail_folder_id(moved.parent_folder_id).get()

        assert (read.subject, read.from_.email_address.address) == ("Aanvraag", "jan@example.org")
        assert mime == eml
        assert (marked.is_read, marked.categories) == (True, ["Geregistreerd"])
        assert moved.id != new.id
        assert (folder.display_name, folder.total_item_count) == ("Archief", 1)
        assert (await inbox.get()).total_item_count == 0
        assert [message.id for message in (await post.messages.get()).value] == [moved.id]

    talk(conversation)


def test_a_large_file(talk: Talk, sandbox: Sandbox) -> None:
    """The library's own upload task cannot read an open-ended `nextExpectedRanges`: the fragments go without it."""
    content = bytes(range(256)) * 3000
    drive_id, *_ = sandbox.tenant.drives

    async def conversation(client: Graph) -> None:
        item = client.drives.by_drive_id(drive_id).items.by_drive_item_id("root:/Te klasseren/groot.bin:")
        wish = upload.CreateUploadSessionPostRequestBody(item=DriveItemUploadableProperties(name="groot.bin"))
        session = await item.create_upload_session.post(wish)
        async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(sandbox.ca))) as bare:
            for first in range(0, len(content), UNIT):
                fragment = content[first : first + UNIT]
                place = f"bytes {first}-{first + len(fragment) - 1}/{len(content)}"
                answer = await bare.put(session.upload_url, content=fragment, headers={"Content-Range": place})

        assert answer.status_code == httpx.codes.CREATED
        assert (await item.get()).size == len(content)
        assert await item.content.get() == content

    talk(conversation)


def test_what_does_not_exist_is_an_error_of_microsofts_type(talk: Talk) -> None:
    async def conversation(client: Graph) -> None:
        with pytest.raises(ODataError) as caught:
            await client.users.by_user_id("nobody@example.org").get()

        assert code(caught.value) == (404, "Request_ResourceNotFound")
        assert caught.value.error
        assert caught.value.error.inner_error
        assert caught.value.error.inner_error.request_id

    talk(conversation)

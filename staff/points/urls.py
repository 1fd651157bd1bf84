"""The bridge points in the workspace."""

from django.urls import path

from staff.points import editing, lines, my_point, people, room_link, several, table

urlpatterns = [
    path("points/", table.table, name="points"),
    path("points/new/", editing.add, name="point_add"),
    path("points/several/", table.change_several, name="points_several"),
    path("points/line-tests/", several.line_tests, name="points_line_tests"),
    path("points/seats/", several.seats, name="points_seats"),
    path("points/map.svg", editing.map_picture, name="points_map"),
    path("points/<int:pk>/", editing.connection, name="point"),
    path("points/<int:pk>/spare/", lines.spare, name="point_spare"),
    path("points/<int:pk>/line/", lines.switch, name="point_line"),
    path("points/<int:pk>/place/", editing.place, name="point_place"),
    path("points/<int:pk>/people/", people.people, name="point_people"),
    path("points/<int:pk>/people/<int:number>/remove/", people.remove, name="coordinator_remove"),
    path("points/<int:pk>/people/<int:number>/phone/", people.phone, name="coordinator_phone"),
    path("points/<int:pk>/line-test/", my_point.line_test, name="point_line_test"),
    path("points/<int:pk>/room-link/", room_link.renew, name="point_room_link"),
    path("my-point/", my_point.my_point, name="my_point"),
    path("my-point/<int:pk>/", my_point.my_point, name="my_point"),
]


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0003_restored'),
    ]

    operations = [
        migrations.AlterField(
            model_name='historicaltemplate',
            name='kind',
            field=models.CharField(choices=[('confirmed', 'registration confirmed'), ('waitlisted', 'on the waitlist'), ('promoted', 'a seat has become free'), ('moved', 'moved to another bridge point'), ('cancelled', 'registration cancelled'), ('requested', 'registration requested'), ('declined', 'registration declined'), ('own_page', 'link to the registration'), ('invited', 'invitation'), ('reminder', 'reminder'), ('starting', 'starting now'), ('follow_up', 'thanks afterwards'), ('rescheduled', 'conference moved'), ('called_off', 'conference cancelled'), ('restored', 'conference takes place after all'), ('details', 'details of the bridge point changed'), ('staff_reminder', 'reminder to coordinators and technicians'), ('staff_news', 'news to coordinators and technicians')], max_length=24, verbose_name='kind of message'),
        ),
        migrations.AlterField(
            model_name='template',
            name='kind',
            field=models.CharField(choices=[('confirmed', 'registration confirmed'), ('waitlisted', 'on the waitlist'), ('promoted', 'a seat has become free'), ('moved', 'moved to another bridge point'), ('cancelled', 'registration cancelled'), ('requested', 'registration requested'), ('declined', 'registration declined'), ('own_page', 'link to the registration'), ('invited', 'invitation'), ('reminder', 'reminder'), ('starting', 'starting now'), ('follow_up', 'thanks afterwards'), ('rescheduled', 'conference moved'), ('called_off', 'conference cancelled'), ('restored', 'conference takes place after all'), ('details', 'details of the bridge point changed'), ('staff_reminder', 'reminder to coordinators and technicians'), ('staff_news', 'news to coordinators and technicians')], max_length=24, verbose_name='kind of message'),
        ),
    ]

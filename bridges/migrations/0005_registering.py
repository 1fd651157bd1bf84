
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bridges', '0004_one_hub_by_moving'),
    ]

    operations = [
        migrations.AddField(
            model_name='bridgepoint',
            name='approval',
            field=models.CharField(blank=True, choices=[('', 'as the conference'), ('yes', 'needed here'), ('no', 'not needed here')], help_text='Whether organisers decide on each registration.', max_length=3, verbose_name='approval'),
        ),
        migrations.AddField(
            model_name='bridgepoint',
            name='seats_reserved',
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name='seats kept for invitations'),
        ),
        migrations.AddField(
            model_name='historicalbridgepoint',
            name='approval',
            field=models.CharField(blank=True, choices=[('', 'as the conference'), ('yes', 'needed here'), ('no', 'not needed here')], help_text='Whether organisers decide on each registration.', max_length=3, verbose_name='approval'),
        ),
    ]
